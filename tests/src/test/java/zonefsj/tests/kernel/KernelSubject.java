// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseMount;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.FuseMountOptions;
import zonefsj.fs.fuse.FuseTransport;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fixture.VolumeMount;
import zonefsj.tests.model.ModelClock;
import zonefsj.tests.model.ModelIndex;
import zonefsj.tests.model.ModelSetup;
import zonefsj.tests.model.ModelSubject;

/**
 * The real filesystem on a drive in memory, mounted, and used through the kernel. Its volume runs
 * on the clock of the test, and without access times: the kernel does not tell of reads that it
 * serves from its cache. Every other remount loses the index.
 */
final class KernelSubject implements ModelSubject {
  private final FuseTransport transport;
  private final Path mountPoint;
  private final RamZonedDevice device;
  private final ModelIndex index;
  private final VolumeMount mounting;
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
  KernelSubject(FuseTransport transport, Path mountPoint, ModelSetup setup, ModelClock clock)
      throws IOException, ErrnoException {
    this(transport, mountPoint, setup, clock, UnaryOperator.identity());
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
      ModelSetup setup,
      ModelClock clock,
      UnaryOperator<ZoneFileSystem> disguise)
      throws IOException, ErrnoException {
    this.disguise = disguise;
    this.transport = transport;
    this.mountPoint = mountPoint;
    device = setup.drive();
    index = new ModelIndex(setup.onDisk());
    SplittableRandom nonces = new SplittableRandom(1);
    mounting =
        VolumeMount.of(clock, nonces, index.stores())
            .with(setup.optionsWithoutAccessTimes())
            .background(setup.background());
    setup.format(device, clock, nonces);
    volume = open();
    mount = transport.mount(disguise.apply(volume.fileSystem()), options(mountPoint));
    watchdog = new Watchdog(mount);
    fileSystem = new KernelFileSystem(mountPoint.toString());
  }

  private static FuseMountOptions options(Path mountPoint) {
    return FuseMountOptions.of(mountPoint, "kernel");
  }

  private Volume open() throws IOException {
    return mounting.on(device);
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
      index.lose();
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
    try (index;
        device) {
      unmount();
    }
    Files.deleteIfExists(mountPoint);
  }
}
