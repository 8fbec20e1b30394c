// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A drive refused or failed an access. The message names the zone, its write pointer and the
 * attempted position if they are known.
 */
public final class DeviceException extends IOException {
  private static final long serialVersionUID = 1;

  /** Why the access failed. */
  public enum Reason {
    /** A write does not begin at the zone's write pointer. */
    NOT_AT_WRITE_POINTER,
    /**
     * A write or append exceeds the capacity or the end of its zone, an append exceeds the longest
     * append, or an access lies outside the drive.
     */
    BEYOND_CAPACITY,
    /** Position, length or memory is not a multiple of the block size. */
    UNALIGNED,
    /** The access needs one more open zone than the drive allows. */
    TOO_MANY_OPEN,
    /** The access needs one more active zone than the drive allows. */
    TOO_MANY_ACTIVE,
    /** A write to a full zone, or a transition that a full zone refuses. */
    ZONE_FULL,
    /** A write or transition of a read-only zone. */
    ZONE_READ_ONLY,
    /** Any access to an offline zone. */
    ZONE_OFFLINE,
    /** A transition that the zone's type or condition does not allow. */
    INVALID_TRANSITION,
    /** The drive was opened read-only. */
    DEVICE_READ_ONLY,
    /** The drive reported an error of its own (a media error, a disconnected cable). */
    MEDIA,
    /** The drive was pulled, or its driver has given it up: no access can succeed any more. */
    REMOVED,
    /** The host had no memory for the access for a long time. The drive is not to blame. */
    HOST_SHORTAGE,
    /**
     * The medium does not answer: a store is away, or an access has not ended within its limit.
     * What the drive holds is not affected.
     */
    UNAVAILABLE,
    /** Another host owns the drive now, or has changed it since this one opened it to be read. */
    FENCED,
    /** What receives the changes of a layer has no room left. The drive below is not affected. */
    LAYER_FULL,
    /** The drive's flush failed: nothing that it should have covered is known to be durable. */
    FLUSH_FAILED,
    /** The drive is closed. */
    CLOSED
  }

  private final Reason reason;
  private final int zone;

  /**
   * @param reason why the access failed
   * @param zone index of the zone, or -1 if no zone is affected
   * @param message names the access and the state of the zone
   * @param cause the system's own error, if any
   */
  public DeviceException(Reason reason, int zone, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.zone = zone;
  }

  /** As above, without a cause. */
  public DeviceException(Reason reason, int zone, String message) {
    this(reason, zone, message, null);
  }

  /** Why the access failed. */
  public Reason reason() {
    return reason;
  }

  /** Whether neither another zone nor a retry helps: a flush failed, or the drive is gone. */
  public static boolean isFinal(Throwable failed) {
    return failed instanceof DeviceException device
        && (device.reason == Reason.FLUSH_FAILED || device.reason == Reason.REMOVED);
  }

  /** Whether a failure, or a cause of it, is that the drive is gone. */
  public static boolean isRemoval(@Nullable Throwable failed) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (cause instanceof DeviceException device && device.reason == Reason.REMOVED) {
        return true;
      }
    }
    return false;
  }

  /**
   * Throws a failure again if the whole drive is gone, so that nobody takes it for damage of a
   * part.
   *
   * @throws DeviceException with {@link Reason#REMOVED}
   */
  public static void rethrowRemoval(IOException failed) throws DeviceException {
    if (failed instanceof DeviceException device && device.reason == Reason.REMOVED) {
      throw device;
    }
  }

  /**
   * Throws a failure again if the host had no memory: then no drive has failed, and none may be
   * given up.
   *
   * @throws DeviceException with {@link Reason#HOST_SHORTAGE}
   */
  public static void rethrowShortage(IOException failed) throws DeviceException {
    if (failed instanceof DeviceException device && device.reason == Reason.HOST_SHORTAGE) {
      throw device;
    }
  }

  /**
   * Throws a failure again if it is no evidence of what the drive holds, so that it is not taken
   * for damage.
   *
   * @throws DeviceException for which {@link #isInconclusive} holds
   */
  public static void rethrowInconclusive(IOException failed) throws DeviceException {
    if (failed instanceof DeviceException device && isInconclusive(device)) {
      throw device;
    }
  }

  /**
   * Whether a failure is no evidence of what the drive holds: the host has no memory, the medium
   * does not answer, another host has the drive, or a layer is full.
   */
  public static boolean isInconclusive(IOException failed) {
    return failed instanceof DeviceException device
        && switch (device.reason) {
          case HOST_SHORTAGE, UNAVAILABLE, FENCED, LAYER_FULL -> true;
          default -> false;
        };
  }

  /**
   * Whether a failure is that the medium of a drive does not answer, or belongs to another host.
   */
  public static boolean isAway(IOException failed) {
    return failed instanceof DeviceException device
        && (device.reason == Reason.UNAVAILABLE || device.reason == Reason.FENCED);
  }

  /** The affected zone, or -1. */
  public int zone() {
    return zone;
  }
}
