package zonefsj.tests.model;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.UUID;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeEnvironment;
import zonefsj.fs.volume.VolumeFormatter;

/** The real filesystem on a small drive in memory; every other remount loses the index. */
final class VolumeSubject implements ModelSubject {
  private final RamZonedDevice device;
  private final MemoryMetadataStores stores = new MemoryMetadataStores();
  private final SplittableRandom nonces = new SplittableRandom(1);
  private final ModelClock clock;
  private Volume volume;
  private int remounts;

  VolumeSubject(ModelClock clock) throws IOException {
    this.clock = clock;
    device =
        RamZonedDevice.create(
            EmulatedGeometry.builder(128L << 20)
                .zoneSizeBytes(2 << 20)
                .zoneCapacityBytes(3 << 19)
                .maxOpenZones(8)
                .maxActiveZones(10)
                .build());
    VolumeFormatter.format(
        device,
        new VolumeFormatter.FormatOptions("model", new UUID(1, 2), false),
        ProgressListener.NONE,
        clock,
        nonces);
    volume = mount();
  }

  private Volume mount() throws IOException {
    return Volume.mount(
        device,
        VolumeOptions.DEFAULT,
        new VolumeEnvironment(clock, nonces, stores, false),
        ProgressListener.NONE);
  }

  @Override
  public ZoneFileSystem fileSystem() {
    return volume.fileSystem();
  }

  @Override
  public void remount() throws IOException {
    volume.close();
    if (++remounts % 2 == 0) {
      stores.lose();
    }
    volume = mount();
  }

  @Override
  public void close() throws IOException {
    volume.close();
    device.close();
  }
}
