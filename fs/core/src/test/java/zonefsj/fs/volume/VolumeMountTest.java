// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.volume.stored.VolumeFormatException;

class VolumeMountTest {
  @Test
  void aDriveThatAllowsTooFewActiveZonesIsRefusedWithWords() throws Exception {
    RamZonedDevice drive =
        RamZonedDevice.create(
            EmulatedGeometry.builder(64L << 20).zoneSizeBytes(1 << 20).maxActiveZones(10).build());
    VolumeFormatter.format(
        drive, new VolumeFormatter.FormatOptions("", new UUID(1, 2), false), ProgressListener.NONE);

    assertThatThrownBy(
            () ->
                Volume.mount(
                    new FewActiveZones(drive), VolumeOptions.DEFAULT, ProgressListener.NONE))
        .isInstanceOf(VolumeFormatException.class)
        .hasMessageContaining("the drive allows 5 active zones");
  }

  /** The same drive behind another controller. */
  private static final class FewActiveZones extends FilterZonedDevice {
    FewActiveZones(RamZonedDevice drive) {
      super(drive);
    }

    @Override
    public DeviceGeometry geometry() {
      DeviceGeometry all = super.geometry();
      return new DeviceGeometry(
          all.model(),
          all.blockSizeBytes(),
          all.zoneCount(),
          all.zoneSizeBytes(),
          all.capacityBytes(),
          OptionalInt.of(5),
          OptionalInt.of(5),
          all.maxAppendBytes(),
          all.description());
    }
  }
}
