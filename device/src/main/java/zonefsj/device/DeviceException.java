// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A drive refused or failed an access. The message names the zone, its write pointer and the
 * attempted position where they are known.
 */
public final class DeviceException extends IOException {
  private static final long serialVersionUID = 1;

  /** Why the access failed. */
  public enum Reason {
    /** A write that does not begin at the zone's write pointer. */
    NOT_AT_WRITE_POINTER,
    /** A write or append that goes beyond the zone's capacity, or a read beyond the drive. */
    BEYOND_CAPACITY,
    /** Position, length or memory is not a multiple of the block size. */
    UNALIGNED,
    /** One explicitly open zone more than the drive allows. */
    TOO_MANY_OPEN,
    /** One active zone more than the drive allows. */
    TOO_MANY_ACTIVE,
    /** A write to a full zone, or a transition that a full zone refuses. */
    ZONE_FULL,
    /** A write or transition of a read-only zone. */
    ZONE_READ_ONLY,
    /** Any access to an offline zone. */
    ZONE_OFFLINE,
    /** A transition that the zone's type or condition does not know. */
    INVALID_TRANSITION,
    /** The drive was opened read-only. */
    DEVICE_READ_ONLY,
    /** The drive reported an error of its own (a media error, a lost cable). */
    MEDIA,
    /** The drive's flush failed: nothing that it should have covered is known to be durable. */
    FLUSH_FAILED,
    /** The drive is closed. */
    CLOSED
  }

  private final Reason reason;
  private final int zone;

  /**
   * @param reason why
   * @param zone index of the zone, or -1 where none is concerned
   * @param message names what was tried and what the zone's state was
   * @param cause the system's own error, if any
   */
  public DeviceException(Reason reason, int zone, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.zone = zone;
  }

  /** Same, without a cause. */
  public DeviceException(Reason reason, int zone, String message) {
    this(reason, zone, message, null);
  }

  /** Why the access failed. */
  public Reason reason() {
    return reason;
  }

  /**
   * Whether something failed because the drive's flush failed: then no other zone, and no second
   * try, makes up for it.
   */
  public static boolean isFailedFlush(Throwable failed) {
    return failed instanceof DeviceException device && device.reason == Reason.FLUSH_FAILED;
  }

  /** The zone concerned, or -1. */
  public int zone() {
    return zone;
  }
}
