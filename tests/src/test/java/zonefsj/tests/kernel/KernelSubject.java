package zonefsj.tests.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.UUID;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseMount;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.FuseMountOptions;
import zonefsj.fs.fuse.FuseTransport;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeEnvironment;
import zonefsj.fs.volume.VolumeFormatter;
import zonefsj.tests.model.ModelClock;
import zonefsj.tests.model.ModelSubject;

/**
 * The real filesystem on a small drive in memory, mounted, and used through the kernel. Its volume
 * runs on the clock of the test, and without access times: the kernel does not tell of reads that
 * it serves from its cache.
 */
final class KernelSubject implements ModelSubject {
  private final FuseTransport transport;
  private final Path mountPoint;
  private final RamZonedDevice device;
  private final VolumeEnvironment environment;
  private Volume volume;
  private FuseMount mount;
  private Watchdog watchdog;
  private KernelFileSystem fileSystem;

  /**
   * Formats and mounts.
   *
   * @param mountPoint an empty directory
   */
  KernelSubject(FuseTransport transport, Path mountPoint, ModelClock clock)
      throws IOException, ErrnoException {
    this.transport = transport;
    this.mountPoint = mountPoint;
    device =
        RamZonedDevice.create(
            EmulatedGeometry.builder(128L << 20)
                .zoneSizeBytes(2 << 20)
                .zoneCapacityBytes(3 << 19)
                .maxOpenZones(8)
                .maxActiveZones(10)
                .build());
    SplittableRandom nonces = new SplittableRandom(1);
    environment = new VolumeEnvironment(clock, nonces, new MemoryMetadataStores(), false);
    VolumeFormatter.format(
        device,
        new VolumeFormatter.FormatOptions("kernel", new UUID(1, 2), false),
        ProgressListener.NONE,
        clock,
        nonces);
    volume = open();
    mount = transport.mount(volume.fileSystem(), FuseMountOptions.of(mountPoint, "kernel"));
    watchdog = new Watchdog(mount);
    fileSystem = new KernelFileSystem(mountPoint.toString());
  }

  private Volume open() throws IOException {
    VolumeOptions defaults = VolumeOptions.DEFAULT;
    VolumeOptions options =
        new VolumeOptions(
            false,
            defaults.commitInterval(),
            null,
            defaults.cacheBytes(),
            defaults.dirtyBytes(),
            VolumeOptions.AccessTimes.NONE,
            defaults.errors(),
            defaults.gc());
    return Volume.mount(device, options, environment, ProgressListener.NONE);
  }

  @Override
  public ZoneFileSystem fileSystem() {
    return fileSystem;
  }

  @Override
  public void settle() {
    watchdog.alive();
    fileSystem.settle();
  }

  @Override
  public void remount() throws IOException, ErrnoException {
    unmount();
    volume = open();
    mount = transport.mount(volume.fileSystem(), FuseMountOptions.of(mountPoint, "kernel"));
    watchdog = new Watchdog(mount);
    fileSystem = new KernelFileSystem(mountPoint.toString());
  }

  private void unmount() throws IOException {
    fileSystem.close();
    try {
      mount.unmount();
    } catch (FuseMountException e) {
      mount.abort();
      throw e;
    } catch (InterruptedException e) {
      mount.abort();
      Thread.currentThread().interrupt();
    } finally {
      watchdog.close();
      mount.close();
      volume.close();
    }
  }

  @Override
  public void close() throws IOException {
    unmount();
    device.close();
    Files.deleteIfExists(mountPoint);
  }
}
