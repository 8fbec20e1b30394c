// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop;

import zonefsj.stores.spec.StoreOptions;

/** A drive in a directory of HDFS. */
public final class HdfsKind extends HadoopKind {
  /** Packets in flight, and their copies in the buffers of the network. */
  private static final long CLIENT_BYTES = 2L << 20;

  public HdfsKind() {
    super("hdfs", "hdfs://namenode:8020/drives/home", 1, CLIENT_BYTES);
  }

  @Override
  public String syntax() {
    return "hdfs://[HOST[:PORT]]/PATH[,user=NAME]" + StoreOptions.SYNTAX;
  }

  @Override
  public String meaning() {
    return "a drive in a directory of HDFS; mkfs makes it with size=SIZE";
  }
}
