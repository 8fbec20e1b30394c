// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.tests.crash.DriveChange.Write;

/**
 * What lies on the medium whatever the write pointers say: the last bytes written at each place. A
 * reset moves a pointer and erases nothing.
 */
final class MediumContents {
  private final RamZonedDevice medium;

  private MediumContents(RamZonedDevice medium) {
    this.medium = medium;
  }

  /** The medium of a drive that was never reset. */
  static MediumContents of(RamZonedDevice drive) throws IOException {
    EmulatedGeometry geometry = drive.emulatedGeometry();
    MediumContents remains =
        new MediumContents(
            RamZonedDevice.create(
                EmulatedGeometry.builder(geometry.sizeBytes() + geometry.zoneSizeBytes())
                    .zoneSizeBytes(geometry.zoneSizeBytes())
                    .blockSizeBytes(geometry.blockSizeBytes())
                    .conventionalZones(geometry.zoneCount())
                    .build()));
    for (ZoneDescriptor zone : drive.report(0, geometry.zoneCount())) {
      if (zone.writtenBytes() > 0) {
        ByteBuffer bytes = ByteBuffer.allocate((int) zone.writtenBytes());
        drive.read(zone.startBytes(), bytes);
        remains.write(zone.startBytes(), bytes.flip());
      }
    }
    return remains;
  }

  MediumContents snapshot() throws IOException {
    return new MediumContents(medium.snapshot());
  }

  void apply(DriveChange change) throws IOException {
    if (change instanceof Write write) {
      write(write.positionBytes(), ByteBuffer.wrap(write.bytes()));
    }
  }

  void write(long positionBytes, ByteBuffer... sources) throws IOException {
    medium.write(positionBytes, sources);
  }

  void read(long positionBytes, ByteBuffer destination) throws IOException {
    medium.read(positionBytes, destination);
  }
}
