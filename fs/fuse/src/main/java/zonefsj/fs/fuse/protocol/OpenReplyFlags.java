// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

/** What the kernel may do with an open file or directory: FOPEN_* of linux/fuse.h. */
public final class OpenReplyFlags {
  /** What is cached of a file from before is still right. */
  public static final int KEEP_CACHE = 1 << 1;

  /** O_DIRECT writes within the file need not wait for each other. */
  public static final int PARALLEL_DIRECT_WRITES = 1 << 6;

  private OpenReplyFlags() {}
}
