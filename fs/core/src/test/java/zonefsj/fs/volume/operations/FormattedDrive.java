// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.util.UUID;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.VolumeFormatter;

/** A drive in memory with an empty filesystem. */
final class FormattedDrive {
  private FormattedDrive() {}

  /** A new one of 64 MiB, which the caller closes. */
  static RamZonedDevice create() throws IOException {
    return create(64L << 20);
  }

  /** A new one, which the caller closes. */
  static RamZonedDevice create(long sizeBytes) throws IOException {
    RamZonedDevice drive =
        RamZonedDevice.create(EmulatedGeometry.builder(sizeBytes).zoneSizeBytes(1 << 20).build());
    VolumeFormatter.format(
        drive, new VolumeFormatter.FormatOptions("", new UUID(1, 2), false), ProgressListener.NONE);
    return drive;
  }
}
