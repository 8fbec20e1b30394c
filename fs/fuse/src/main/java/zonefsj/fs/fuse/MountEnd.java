// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

/**
 * The reason for the end of a mount.
 *
 * @param cause in one word
 * @param message for the log
 */
public record MountEnd(Cause cause, String message) {
  /** The reason for the end of a mount, in one word. */
  public enum Cause {
    /** {@link FuseMount#unmount} was called. */
    UNMOUNTED,
    /** Another program unmounted it: umount(8), fusermount(1), the end of a mount namespace. */
    UNMOUNTED_BY_OTHERS,
    /**
     * The connection was aborted by {@link FuseMount#abort} or through /sys/fs/fuse/connections.
     */
    ABORTED,
    /** The transport failed. */
    FAILED
  }
}
