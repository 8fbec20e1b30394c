// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop;

import zonefsj.stores.spec.StoreOptions;

/** A drive in a directory of Ozone. */
public final class OfsKind extends HadoopKind {
  public OfsKind() {
    super("ofs", "ofs://service/volume/bucket/home", 3);
  }

  @Override
  public String syntax() {
    return "ofs://HOST[:PORT]/VOLUME/BUCKET/PATH[,user=NAME]" + StoreOptions.SYNTAX;
  }

  @Override
  public String meaning() {
    return "a drive in a directory of Ozone; mkfs makes it with size=SIZE";
  }
}
