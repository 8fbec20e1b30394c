package zonefsj.tests.model;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.UUID;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeEnvironment;
import zonefsj.fs.volume.VolumeFormatter;

/** The real filesystem, formatted anew; every other remount loses the index. */
final class VolumeSubject implements ModelSubject {
  private final ZonedDevice device;
  private final MemoryMetadataStores stores = new MemoryMetadataStores();
  private final SplittableRandom nonces = new SplittableRandom(1);
  private final ModelClock clock;
  private Volume volume;
  private int remounts;

  /**
   * Takes a drive over; what it holds is lost.
   *
   * @param device closed with this
   */
  VolumeSubject(ZonedDevice device, ModelClock clock) throws IOException {
    this.device = device;
    this.clock = clock;
    VolumeFormatter.format(
        device,
        new VolumeFormatter.FormatOptions("model", new UUID(1, 2), true),
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
