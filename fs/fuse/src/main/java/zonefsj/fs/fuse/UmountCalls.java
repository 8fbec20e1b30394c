// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

/** The system calls that unmount, as a transport makes them. Thread-safe. */
public interface UmountCalls {
  /**
   * open(2).
   *
   * @return a descriptor, or the negative error number
   */
  int open(String path, int flags);

  /** close(2). */
  void close(int descriptor);

  /**
   * umount2(2).
   *
   * @return 0 or the error number
   */
  int umount(String path, int flags);
}
