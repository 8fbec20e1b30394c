// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

/**
 * Marks a thread as one that performs I/O on which others wait for memory: prctl(2),
 * PR_SET_IO_FLUSHER, for example for filesystems in user space. When memory is short, the kernel
 * must not let such a thread wait for the writeback of dirty pages, because they may belong to its
 * own filesystem. Threads and processes that the thread starts later inherit the mark.
 */
public final class IoFlusher {
  private static final int PR_SET_IO_FLUSHER = 57;
  private static final int PR_GET_IO_FLUSHER = 58;

  private IoFlusher() {}

  /**
   * Marks the calling thread.
   *
   * @return whether it is marked now; this needs CAP_SYS_RESOURCE and Linux 5.6
   */
  public static boolean become() {
    return isOne() || LinuxLibc.prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0) == 0;
  }

  /** Whether the calling thread is marked. */
  public static boolean isOne() {
    return LinuxLibc.prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0) == 1;
  }
}
