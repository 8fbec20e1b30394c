// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

/** Notices to the kernel. */
@FunctionalInterface
public interface Notices {
  /**
   * The kernel's cached attributes of an inode are outdated by a change whose reply does not
   * contain them.
   *
   * @param inode whose attributes the kernel must request again
   */
  void attributesChanged(long inode);
}
