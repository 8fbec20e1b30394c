// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.io.IOException;

/** Bytes on the drive are not what was written, or cannot be read. The application gets EIO. */
public final class DataDamagedException extends IOException {
  private static final long serialVersionUID = 1;

  private final int zone;
  private final long positionBytes;
  private final int lengthBytes;

  /**
   * @param zone index of the zone
   * @param positionBytes absolute position of the first granule concerned
   * @param lengthBytes of the granules concerned; one of them at least cannot be had
   * @param what what was seen
   * @param cause the drive's own error, or null
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
   * Bytes that were given up before.
   *
   * @param what was lost
   */
  public DataDamagedException(String what) {
    super(what);
    this.zone = -1;
    this.positionBytes = -1;
    this.lengthBytes = 0;
  }

  /** Index of the zone; -1 if there is no such place any more. */
  public int zone() {
    return zone;
  }

  /** Absolute position of the first granule concerned; -1 if there is no such place any more. */
  public long positionBytes() {
    return positionBytes;
  }

  /** Bytes of the granules concerned, of which one at least cannot be had; 0 without a place. */
  public int lengthBytes() {
    return lengthBytes;
  }

  /** Whether the drive answered with an error, and not with wrong bytes. */
  public boolean isUnreadable() {
    return getCause() != null;
  }
}
