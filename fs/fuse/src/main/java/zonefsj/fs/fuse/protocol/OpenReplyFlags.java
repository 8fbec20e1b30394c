// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

/** The kernel's rights on an open file or directory: FOPEN_* of linux/fuse.h. */
public final class OpenReplyFlags {
  /** Cached pages of the file are still valid. */
  public static final int KEEP_CACHE = 1 << 1;

  /** O_DIRECT writes within the file may run in parallel. */
  public static final int PARALLEL_DIRECT_WRITES = 1 << 6;

  private OpenReplyFlags() {}
}
