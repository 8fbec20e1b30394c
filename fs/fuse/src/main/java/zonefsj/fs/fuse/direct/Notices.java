// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

/** What the kernel is told without having asked. */
@FunctionalInterface
public interface Notices {
  /**
   * What the kernel knows of the attributes of an inode is not so any more, by a change whose
   * answer does not tell it.
   *
   * @param inode whose attributes it has to ask for again
   */
  void attributesChanged(long inode);
}
