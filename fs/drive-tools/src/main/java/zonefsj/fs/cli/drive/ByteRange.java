// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.UsageError;

/**
 * A range of bytes to read from a drive.
 *
 * @param positionBytes absolute position of the first byte; need not be aligned
 * @param lengthBytes number of bytes
 * @param remark a remark about the range for the user; may be empty
 */
public record ByteRange(long positionBytes, long lengthBytes, String remark) {

  /**
   * A range in one zone.
   *
   * @param offsetBytes offset of the first byte in the zone
   * @param lengthBytes number of bytes; null: up to the write pointer
   * @throws UsageError if the zone is too short for the range
   * @throws UserError if the zone is offline, or no length is given and nothing is written at the
   *     offset
   */
  public static ByteRange inZone(
      ZonedDevice device, int zone, long offsetBytes, @Nullable Long lengthBytes)
      throws IOException, UsageError {
    new ZoneRange(zone, zone).checkWithin(device.geometry().zoneCount());
    ZoneDescriptor now = device.report(zone, 1).get(0);
    if (offsetBytes >= now.sizeBytes()) {
      throw new UsageError(
          "zone "
              + zone
              + " has "
              + ByteSize.format(now.sizeBytes())
              + ": nothing is at offset "
              + offsetBytes);
    }
    if (lengthBytes != null && lengthBytes > now.sizeBytes() - offsetBytes) {
      throw new UsageError(
          "zone "
              + zone
              + " has "
              + ByteSize.format(now.sizeBytes())
              + ": from offset "
              + offsetBytes
              + " on there are no "
              + lengthBytes
              + " bytes; --position reads beyond"
              + " a zone");
    }
    return of(now, offsetBytes, lengthBytes);
  }

  /**
   * A range anywhere on the drive. It may span several zones.
   *
   * @param positionBytes position of the first byte
   * @param lengthBytes number of bytes; null: up to the write pointer of the zone
   * @throws UsageError if the drive is too short for the range
   * @throws UserError as {@link #inZone}
   */
  public static ByteRange at(ZonedDevice device, long positionBytes, @Nullable Long lengthBytes)
      throws IOException, UsageError {
    DeviceGeometry geometry = device.geometry();
    if (positionBytes >= geometry.capacityBytes()) {
      throw new UsageError(
          "position "
              + positionBytes
              + " is not within the drive of "
              + geometry.capacityBytes()
              + " bytes");
    }
    if (lengthBytes != null && lengthBytes > geometry.capacityBytes() - positionBytes) {
      throw new UsageError(
          "the drive has "
              + geometry.capacityBytes()
              + " bytes: from position "
              + positionBytes
              + " on there are no "
              + lengthBytes);
    }
    ZoneDescriptor now = device.report(geometry.zoneOf(positionBytes), 1).get(0);
    return of(now, positionBytes - now.startBytes(), lengthBytes);
  }

  private static ByteRange of(ZoneDescriptor zone, long offsetBytes, @Nullable Long lengthBytes)
      throws UserError {
    if (zone.condition() == ZoneCondition.OFFLINE) {
      throw new UserError(
          "zone " + zone.index() + " is offline: nothing in it can be read; give another zone");
    }
    long written = zone.hasWritePointer() ? zone.writtenBytes() : zone.capacityBytes();
    long position = zone.startBytes() + offsetBytes;
    if (lengthBytes == null) {
      if (offsetBytes >= written) {
        throw new UserError(
            "zone "
                + zone.index()
                + (written == 0
                    ? " is empty"
                    : " is written up to offset " + written + " only, not to " + offsetBytes)
                + "; with --length it is read all the same");
      }
      return new ByteRange(position, written - offsetBytes, "");
    }
    long end = offsetBytes + lengthBytes;
    // A range that continues in the next zone may hold written bytes there.
    boolean beyond = end > written && end <= zone.sizeBytes();
    return new ByteRange(
        position,
        lengthBytes,
        beyond
            ? "zone "
                + zone.index()
                + (written == 0 ? " is empty" : " is written up to offset " + written)
                + ": what follows means nothing"
            : "");
  }
}
