// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.nio.ByteBuffer;
import java.util.Objects;
import zonefsj.device.DeviceException.Reason;

/**
 * The rules of an access that follow from the geometry alone, independent of the state of the
 * zones. All drives and the validating wrapper share them, so the same mistake gets the same
 * answer.
 *
 * <p>Stateless and thread-safe; allocates only to refuse.
 */
public final class AccessRules {
  private AccessRules() {}

  /** Sum of the remaining bytes in {@code buffers}. */
  public static long totalBytes(ByteBuffer... buffers) {
    long total = 0;
    for (ByteBuffer buffer : buffers) {
      total += buffer.remaining();
    }
    return total;
  }

  /**
   * Position of the first byte after {@code zone}; the last zone may be shorter than the others.
   */
  public static long zoneEndBytes(DeviceGeometry geometry, int zone) {
    return Math.min(
        geometry.zoneStartBytes(zone) + geometry.zoneSizeBytes(), geometry.capacityBytes());
  }

  /** Size of {@code zone} in bytes. */
  public static long zoneSizeBytes(DeviceGeometry geometry, int zone) {
    return zoneEndBytes(geometry, zone) - geometry.zoneStartBytes(zone);
  }

  /**
   * Checks a zone number.
   *
   * @throws IndexOutOfBoundsException if the drive has no such zone
   */
  public static void checkZone(DeviceGeometry geometry, int zone) {
    if (zone < 0 || zone >= geometry.zoneCount()) {
      throw new IndexOutOfBoundsException(
          "no zone " + zone + ": the drive has " + geometry.zoneCount() + " zones");
    }
  }

  /**
   * Checks the range of a report.
   *
   * @throws IndexOutOfBoundsException if the range is not within the drive
   */
  public static void checkReport(DeviceGeometry geometry, int from, int count) {
    Objects.checkFromIndexSize(from, count, geometry.zoneCount());
  }

  /**
   * Checks position and length of a read.
   *
   * @throws DeviceException {@link Reason#UNALIGNED} or {@link Reason#BEYOND_CAPACITY}
   */
  public static void checkRead(DeviceGeometry geometry, long positionBytes, long lengthBytes)
      throws DeviceException {
    checkAligned(geometry, "read", positionBytes, lengthBytes);
    if (positionBytes < 0 || positionBytes > geometry.capacityBytes() - lengthBytes) {
      throw beyondDrive(geometry, "read", positionBytes, lengthBytes);
    }
  }

  /**
   * Checks position and length of a write: aligned, and within one zone.
   *
   * @return the zone
   * @throws DeviceException {@link Reason#UNALIGNED} or {@link Reason#BEYOND_CAPACITY}
   */
  public static int checkWrite(DeviceGeometry geometry, long positionBytes, long lengthBytes)
      throws DeviceException {
    checkAligned(geometry, "write", positionBytes, lengthBytes);
    int zone = zoneAt(geometry, positionBytes);
    if (zone < 0) {
      throw beyondDrive(geometry, "write", positionBytes, lengthBytes);
    }
    long endBytes = zoneEndBytes(geometry, zone);
    if (lengthBytes > endBytes - positionBytes) {
      throw refusal(
          Reason.BEYOND_CAPACITY,
          zone,
          access("write", positionBytes, lengthBytes) + " crosses the zone's end at " + endBytes);
    }
    return zone;
  }

  /**
   * Checks zone and length of an append.
   *
   * @throws IndexOutOfBoundsException if the drive has no such zone
   * @throws DeviceException {@link Reason#UNALIGNED}, or {@link Reason#BEYOND_CAPACITY} if it is
   *     longer than {@link DeviceGeometry#maxAppendBytes()}
   */
  public static void checkAppend(DeviceGeometry geometry, int zone, long lengthBytes)
      throws DeviceException {
    checkZone(geometry, zone);
    if (!isMultiple(lengthBytes, geometry.blockSizeBytes())) {
      throw refusal(
          Reason.UNALIGNED,
          zone,
          "append of "
              + lengthBytes
              + " bytes is not a multiple of the block size of "
              + geometry.blockSizeBytes());
    }
    if (lengthBytes > geometry.maxAppendBytes()) {
      throw refusal(
          Reason.BEYOND_CAPACITY,
          zone,
          "append of "
              + lengthBytes
              + " bytes is longer than the drive's longest append of "
              + geometry.maxAppendBytes());
    }
  }

  private static void checkAligned(
      DeviceGeometry geometry, String what, long positionBytes, long lengthBytes)
      throws DeviceException {
    int block = geometry.blockSizeBytes();
    if (!isMultiple(positionBytes, block) || !isMultiple(lengthBytes, block)) {
      throw refusal(
          Reason.UNALIGNED,
          zoneAt(geometry, positionBytes),
          access(what, positionBytes, lengthBytes)
              + " is not a multiple of the block size of "
              + block);
    }
  }

  /** Without a division for a power of two, which a block is: each layer checks each access. */
  private static boolean isMultiple(long bytes, int block) {
    int mask = block - 1;
    return (block & mask) == 0 ? (bytes & mask) == 0 : bytes % block == 0;
  }

  private static int zoneAt(DeviceGeometry geometry, long positionBytes) {
    return positionBytes < 0 || positionBytes >= geometry.capacityBytes()
        ? -1
        : geometry.zoneOf(positionBytes);
  }

  private static String access(String what, long positionBytes, long lengthBytes) {
    return what + " of " + lengthBytes + " bytes at " + positionBytes;
  }

  private static DeviceException beyondDrive(
      DeviceGeometry geometry, String what, long positionBytes, long lengthBytes) {
    return refusal(
        Reason.BEYOND_CAPACITY,
        zoneAt(geometry, positionBytes),
        access(what, positionBytes, lengthBytes)
            + " is not within the drive of "
            + geometry.capacityBytes()
            + " bytes");
  }

  private static DeviceException refusal(Reason reason, int zone, String words) {
    return new DeviceException(reason, zone, zone < 0 ? words : "zone " + zone + ": " + words);
  }
}
