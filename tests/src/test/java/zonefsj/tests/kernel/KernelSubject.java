package zonefsj.tests.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.UnaryOperator;
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
 * it serves from its cache. Every other remount loses the index.
 */
final class KernelSubject implements ModelSubject {
  private final FuseTransport transport;
  private final Path mountPoint;
  private final RamZonedDevice device;
  private final MemoryMetadataStores stores = new MemoryMetadataStores();
  private final VolumeEnvironment environment;
  private final UnaryOperator<ZoneFileSystem> disguise;
  private Volume volume;
  private FuseMount mount;
  private Watchdog watchdog;
  private KernelFileSystem fileSystem;
  private int remounts;

  /**
   * Formats and mounts.
   *
   * @param mountPoint an empty directory
   */
  KernelSubject(FuseTransport transport, Path mountPoint, ModelClock clock)
      throws IOException, ErrnoException {
    this(transport, mountPoint, clock, UnaryOperator.identity());
  }

  /**
   * Formats and mounts.
   *
   * @param mountPoint an empty directory
   * @param disguise what is mounted instead of a filesystem, to see that its faults are found
   */
  KernelSubject(
      FuseTransport transport,
      Path mountPoint,
      ModelClock clock,
      UnaryOperator<ZoneFileSystem> disguise)
      throws IOException, ErrnoException {
    this.disguise = disguise;
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
    environment = new VolumeEnvironment(clock, nonces, stores, false);
    VolumeFormatter.format(
        device,
        new VolumeFormatter.FormatOptions("kernel", new UUID(1, 2), false),
        ProgressListener.NONE,
        clock,
        nonces);
    volume = open();
    mount = transport.mount(disguise.apply(volume.fileSystem()), options(mountPoint));
    watchdog = new Watchdog(mount);
    fileSystem = new KernelFileSystem(mountPoint.toString());
  }

  private static FuseMountOptions options(Path mountPoint) {
    return FuseMountOptions.of(mountPoint, "kernel");
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
    if (++remounts % 2 == 0) {
      stores.lose();
    }
    volume = open();
    mount = transport.mount(disguise.apply(volume.fileSystem()), options(mountPoint));
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
