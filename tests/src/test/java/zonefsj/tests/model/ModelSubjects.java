// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.IOException;
import java.nio.file.Path;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.BlockZonedDevice;

/** The one place that says which filesystem the model test is about. */
public final class ModelSubjects {
  /** A zoned block device to be used instead of a drive in memory; what it holds is lost. */
  private static final String DRIVE = System.getProperty("zonefsj.model.drive", "");

  private ModelSubjects() {}

  /** Makes the filesystem under test. */
  public static ModelSubject create(long seed, ModelClock clock) throws IOException {
    ModelSetup setup = ModelSetup.draw(seed);
    ZonedDevice drive =
        DRIVE.isEmpty()
            ? setup.drive()
            : BlockZonedDevice.open(Path.of(DRIVE), DeviceAccess.READ_WRITE);
    return new VolumeSubject(setup, drive, clock);
  }
}
