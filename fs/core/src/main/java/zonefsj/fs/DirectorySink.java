// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * Receives the entries of a directory in the order of their cookies. The lister calls it on its own
 * thread, for one entry after the other, and does not keep it. It must not call the filesystem.
 */
@FunctionalInterface
public interface DirectorySink {
  /**
   * @param name the bytes of the entry's name; the receiver must not change or keep the array
   * @param inode inode number
   * @param mode at least the type bits of the inode's mode
   * @param nextCookie cookie at which to continue after this entry; positive, stable while the
   *     directory changes
   * @return false if the entry did not fit: it is not taken and the listing stops
   */
  boolean accept(byte[] name, long inode, int mode, long nextCookie);
}
