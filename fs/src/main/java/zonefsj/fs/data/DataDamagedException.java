package zonefsj.fs.data;

import java.io.IOException;

/** Bytes on the drive are not what was written, or cannot be read. The application gets EIO. */
public final class DataDamagedException extends IOException {
  private static final long serialVersionUID = 1;

  private final int zone;
  private final long positionBytes;

  /**
   * @param zone index of the zone
   * @param positionBytes absolute position of the first granule concerned
   * @param what what was seen
   * @param cause the drive's own error, or null
   */
  public DataDamagedException(
      int zone,
      long positionBytes,
      String what,
      @org.jspecify.annotations.Nullable Throwable cause) {
    super(what + " in zone " + zone + " at byte " + positionBytes + " of the drive", cause);
    this.zone = zone;
    this.positionBytes = positionBytes;
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
  }

  /** Index of the zone; -1 if there is no such place any more. */
  public int zone() {
    return zone;
  }

  /** Absolute position of the first granule concerned; -1 if there is no such place any more. */
  public long positionBytes() {
    return positionBytes;
  }
}
