// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

/**
 * Times for which the kernel may cache names and attributes.
 *
 * <p>Names: long, because they change only through this mount, and the kernel tracks these changes
 * itself. This includes names that do not exist.
 *
 * <p>Attributes: equally long for inodes that have one name and had no other during this mount; not
 * at all for the rest. To the kernel each hard link is a separate node, so a change through one
 * name would not appear through the others ({@link KeepCachePolicy}, {@link ReplyPatch}).
 */
final class CacheTimes {
  static final int ENTRY_SECONDS = 3600;
  static final int ATTRIBUTE_SECONDS = 0;
  static final int ATTRIBUTE_SECONDS_OF_ONE_NAME = 3600;

  private CacheTimes() {}
}
