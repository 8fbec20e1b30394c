// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop;

import zonefsj.stores.spec.StoreOptions;

/** A drive in a directory of Ozone. */
public final class OfsKind extends HadoopKind {
  /** Buffers of a stream, and their copies on the way to a datanode. */
  private static final long CLIENT_BYTES = 8L << 20;

  public OfsKind() {
    super("ofs", "ofs://service/volume/bucket/home", 3, CLIENT_BYTES);
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
