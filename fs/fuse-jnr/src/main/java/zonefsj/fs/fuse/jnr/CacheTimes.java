// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

/**
 * How long the kernel may trust what it was told.
 *
 * <p>Names: long. They change only through this mount, and the kernel follows those changes itself;
 * also "there is no such name" is such knowledge.
 *
 * <p>Attributes: as long, for what has one name and had no other during this mount; not at all for
 * the rest. Each hard link is a node of its own to the kernel, so a change through one name would
 * not be seen through the others ({@link KeepCachePolicy}, {@link ReplyPatch}).
 */
final class CacheTimes {
  static final int ENTRY_SECONDS = 3600;
  static final int ATTRIBUTE_SECONDS = 0;
  static final int ATTRIBUTE_SECONDS_OF_ONE_NAME = 3600;

  private CacheTimes() {}
}
