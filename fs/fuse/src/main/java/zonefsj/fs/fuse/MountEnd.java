// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

/**
 * Why a mount ended.
 *
 * @param cause in one word
 * @param message for the log
 */
public record MountEnd(Cause cause, String message) {
  /** Why a mount ended, in one word. */
  public enum Cause {
    /** {@link FuseMount#unmount} was called. */
    UNMOUNTED,
    /** Somebody else unmounted it: umount(8), fusermount(1), the end of a mount namespace. */
    UNMOUNTED_BY_OTHERS,
    /** The connection was broken by {@link FuseMount#abort} or through /sys/fs/fuse/connections. */
    ABORTED,
    /** The transport could not go on. */
    FAILED
  }
}
