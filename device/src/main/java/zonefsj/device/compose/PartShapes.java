// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.KnownFormat;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpecException;

/** Refuses drives that do not fit together. Stateless and thread-safe. */
public final class PartShapes {
  private PartShapes() {}

  /**
   * Refuses drives with different block sizes or zone sizes.
   *
   * @param kind the composed drive, for the message
   */
  public static void requireSameSizes(String kind, List<ZonedDevice> devices)
      throws DeviceSpecException {
    requireSame(kind, devices, "block size", DeviceGeometry::blockSizeBytes);
    requireSame(kind, devices, "zone size", DeviceGeometry::zoneSizeBytes);
  }

  private static void requireSame(
      String kind,
      List<ZonedDevice> devices,
      String property,
      Function<DeviceGeometry, Object> value)
      throws DeviceSpecException {
    DeviceGeometry first = devices.get(0).geometry();
    for (ZonedDevice device : devices) {
      DeviceGeometry other = device.geometry();
      if (!value.apply(other).equals(value.apply(first))) {
        throw new DeviceSpecException(
            kind
                + ": "
                + other.description()
                + " has a "
                + property
                + " of "
                + value.apply(other)
                + ", "
                + first.description()
                + " one of "
                + value.apply(first)
                + "; they must be the same: give drives of the same make");
      }
    }
  }

  /**
   * Refuses a drive whose zones differ from those of another in type, size or capacity.
   *
   * @param kind the composed drive, for the message
   * @param firstZones report of the first drive
   * @param otherZones report of the other drive, of as many zones
   */
  public static void requireSameZones(
      String kind,
      ZonedDevice first,
      List<ZoneDescriptor> firstZones,
      ZonedDevice other,
      List<ZoneDescriptor> otherZones)
      throws DeviceSpecException {
    for (int at = 0; at < firstZones.size(); at++) {
      ZoneDescriptor one = firstZones.get(at);
      ZoneDescriptor two = otherZones.get(at);
      if (one.type() != two.type()
          || one.capacityBytes() != two.capacityBytes()
          || one.sizeBytes() != two.sizeBytes()) {
        throw new DeviceSpecException(
            kind
                + ": zone "
                + one.index()
                + " of "
                + other.geometry().description()
                + " has another type, size or capacity than that of "
                + first.geometry().description()
                + "; give drives of the same make");
      }
    }
  }

  /**
   * Whether nothing is written in any sequential zone of a drive, and its beginning is zeros or of
   * a sequential zone.
   */
  public static boolean isEmpty(ZonedDevice device) throws IOException {
    return isBlankAtBegin(device)
        && device.report(0, device.geometry().zoneCount()).stream()
            .allMatch(zone -> zone.writtenBytes() == 0);
  }

  /**
   * Refuses a part whose content cannot be seen through the drive that is made of it, so that
   * nothing else would keep a format from overwriting it. Does nothing if the drive is not opened
   * to format it, or may hold anything, or is a member of a mirror: that looks at its members
   * itself, and opens one that returns later in the same way.
   *
   * @throws DeviceSpecException if the part is not empty
   */
  public static void refuseHidden(DeviceOpening opening, ZonedDevice part) throws IOException {
    if (opening.formats()
        && !opening.isCopy()
        && opening.creation() == Creation.IF_EMPTY
        && !isEmpty(part)) {
      throw new DeviceSpecException(
          part.geometry().description()
              + " is not empty; 'zonefs-j mkfs --force' overwrites what it holds");
    }
  }

  /**
   * Whether the first bytes of a drive, where formats have their names, are zeros. A conventional
   * zone has no write pointer that would tell.
   */
  public static boolean isBlankAtBegin(ZonedDevice device) throws IOException {
    int block = device.geometry().blockSizeBytes();
    long wanted = Math.min(KnownFormat.LOOK_BYTES, device.geometry().capacityBytes());
    ByteBuffer begin = ByteBuffer.allocateDirect((int) (wanted / block) * block);
    if (device.report(0, 1).get(0).type() != ZoneType.CONVENTIONAL) {
      return true;
    }
    device.read(0, begin);
    begin.flip();
    while (begin.remaining() >= Long.BYTES) {
      if (begin.getLong() != 0) {
        return false;
      }
    }
    return true;
  }
}
