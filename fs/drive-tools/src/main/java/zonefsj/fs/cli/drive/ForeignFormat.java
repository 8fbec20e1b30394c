// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.KnownFormat;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.cli.host.UserError;

/** Keeps mkfs from formatting a drive that holds something else. */
public final class ForeignFormat {
  private ForeignFormat() {}

  /**
   * Checks the beginning of a drive.
   *
   * @throws UserError if it holds another filesystem, or any other known format
   */
  public static void refuse(String spec, ZonedDevice device) throws IOException {
    refuse(spec, detect(device));
  }

  /**
   * Checks the first bytes of a drive.
   *
   * @throws UserError as {@link #refuse(String, ZonedDevice)}
   */
  static void refuse(String spec, ByteBuffer start) throws UserError {
    refuse(spec, KnownFormat.detect(start));
  }

  private static void refuse(String spec, Optional<KnownFormat> found) throws UserError {
    if (found.isPresent()) {
      throw new UserError(
          spec + " holds " + found.orElseThrow().title() + "; --force overwrites it");
    }
  }

  /**
   * Examines the beginning of a drive, up to the first offline zone.
   *
   * @return empty if it holds nothing known
   */
  static Optional<KnownFormat> detect(ZonedDevice device) throws IOException {
    DeviceGeometry geometry = device.geometry();
    long wanted = Math.min(KnownFormat.LOOK_BYTES, geometry.capacityBytes());
    int zones = geometry.zoneOf(wanted - 1) + 1;
    for (ZoneDescriptor zone : device.report(0, zones)) {
      if (zone.condition() == ZoneCondition.OFFLINE) {
        wanted = Math.min(wanted, zone.startBytes());
      }
    }
    int block = geometry.blockSizeBytes();
    ByteBuffer start = ByteBuffer.allocateDirect((int) (wanted / block) * block);
    device.read(0, start);
    return KnownFormat.detect(start.flip());
  }
}
