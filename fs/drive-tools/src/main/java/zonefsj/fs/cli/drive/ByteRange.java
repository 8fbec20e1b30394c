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
 * Which bytes of a drive are to be read.
 *
 * @param positionBytes absolute position of the first one; need not be aligned
 * @param lengthBytes how many
 * @param remark what the user has to know of them; empty: nothing
 */
public record ByteRange(long positionBytes, long lengthBytes, String remark) {

  /**
   * Bytes of one zone.
   *
   * @param offsetBytes of the first one in the zone
   * @param lengthBytes how many; null: up to the write pointer
   * @throws UsageError if the zone has not so many
   * @throws UserError if nothing is written there and no length was given, or the zone is offline
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
   * Bytes anywhere; they may be of several zones.
   *
   * @param positionBytes of the first one
   * @param lengthBytes how many; null: up to the write pointer of the zone
   * @throws UsageError if the drive has not so many
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
      throw new UserError("zone " + zone.index() + " is offline: nothing in it can be read");
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
    // Where it goes on into the next zone, that one may be written.
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
