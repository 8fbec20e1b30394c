// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

/**
 * Tells the kernel that a thread does the input and output on which others wait for memory:
 * prctl(2), PR_SET_IO_FLUSHER, for filesystems in user space among others. When memory is short,
 * the kernel must not make such a thread wait until dirty pages are written, for they may be those
 * of its own filesystem. Threads and processes that the thread starts later inherit it.
 */
public final class IoFlusher {
  private static final int PR_SET_IO_FLUSHER = 57;
  private static final int PR_GET_IO_FLUSHER = 58;

  private IoFlusher() {}

  /**
   * Makes the calling thread one.
   *
   * @return whether it is one now; it needs CAP_SYS_RESOURCE and Linux 5.6
   */
  public static boolean become() {
    return isOne() || BlockLibc.prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0) == 0;
  }

  /** Whether the calling thread is one. */
  public static boolean isOne() {
    return BlockLibc.prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0) == 1;
  }
}
