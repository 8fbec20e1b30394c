// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop;

/** Names of what can be said of a directory that a client of Hadoop reaches. */
public final class HadoopSettings {
  /** The directory, as a URI. */
  public static final String ADDRESS = "address";

  /** Who the client says it is, where the servers believe it. */
  public static final String USER = "user";

  private HadoopSettings() {}
}
