// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/** Takes the entries of a directory, one after the other. */
@FunctionalInterface
public interface DirectorySink {
  /**
   * @param name the entry's name, bytes as they are; the callee must not change or keep the array
   * @param inode inode number
   * @param mode at least the type bits of the inode's mode
   * @param nextCookie where to go on after this entry; positive, stable while the directory changes
   * @return false when the entry did not fit: it is not taken and the listing stops
   */
  boolean accept(byte[] name, long inode, int mode, long nextCookie);
}
