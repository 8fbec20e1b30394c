// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.io.IOException;

/** Bytes on the drive do not match their checksum, or cannot be read. The application gets EIO. */
public final class DataDamagedException extends IOException {
  private static final long serialVersionUID = 1;

  private final int zone;
  private final long positionBytes;
  private final int lengthBytes;

  /**
   * @param zone index of the zone
   * @param positionBytes absolute position of the first affected granule
   * @param lengthBytes length of the affected granules; at least one of them is damaged or
   *     unreadable
   * @param what description of the damage
   * @param cause the drive's error, or null
   */
  public DataDamagedException(
      int zone,
      long positionBytes,
      int lengthBytes,
      String what,
      @org.jspecify.annotations.Nullable Throwable cause) {
    super(what + " in zone " + zone + " at byte " + positionBytes + " of the drive", cause);
    this.zone = zone;
    this.positionBytes = positionBytes;
    this.lengthBytes = lengthBytes;
  }

  /**
   * Creates the exception for bytes that were given up before.
   *
   * @param what description of the lost bytes
   */
  public DataDamagedException(String what) {
    super(what);
    this.zone = -1;
    this.positionBytes = -1;
    this.lengthBytes = 0;
  }

  /** Index of the zone; -1 if the bytes have no position any more. */
  public int zone() {
    return zone;
  }

  /** Absolute position of the first affected granule; -1 if the bytes have no position any more. */
  public long positionBytes() {
    return positionBytes;
  }

  /**
   * Length of the affected granules, at least one of which is damaged or unreadable; 0 without a
   * position.
   */
  public int lengthBytes() {
    return lengthBytes;
  }

  /** Whether the drive returned an error, not wrong bytes. */
  public boolean isUnreadable() {
    return getCause() != null;
  }
}
