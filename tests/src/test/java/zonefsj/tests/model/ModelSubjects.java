package zonefsj.tests.model;

import java.io.IOException;
import java.nio.file.Path;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.BlockZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/** The one place that says which filesystem the model test is about. */
public final class ModelSubjects {
  /** A zoned block device to be used instead of a drive in memory; what it holds is lost. */
  private static final String DRIVE = System.getProperty("zonefsj.model.drive", "");

  private ModelSubjects() {}

  /** Makes the filesystem under test. */
  public static ModelSubject create(ModelClock clock) throws IOException {
    return new VolumeSubject(drive(), clock);
  }

  private static ZonedDevice drive() throws IOException {
    if (!DRIVE.isEmpty()) {
      return BlockZonedDevice.open(Path.of(DRIVE), DeviceAccess.READ_WRITE);
    }
    return RamZonedDevice.create(
        EmulatedGeometry.builder(128L << 20)
            .zoneSizeBytes(2 << 20)
            .zoneCapacityBytes(3 << 19)
            .maxOpenZones(8)
            .maxActiveZones(10)
            .build());
  }
}
