// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseTransport;
import zonefsj.fs.fuse.direct.DirectFuseTransport;
import zonefsj.fs.fuse.jnr.JnrFuseTransport;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.HostTrees;
import zonefsj.tests.fixture.DriveFormat;

/**
 * The filesystem that the tests mount. {@link #create} and {@link #transport} are the only places
 * that say which, and over what.
 *
 * @param fileSystem what is mounted
 * @param closer closes it after the mount has ended
 */
public record PosixSubject(ZoneFileSystem fileSystem, Closer closer) implements AutoCloseable {
  private static final long DRIVE_BYTES = 1L << 30;

  /** Closes a filesystem. */
  @FunctionalInterface
  public interface Closer {
    /** Closes it. */
    void close() throws IOException;
  }

  /** A new, empty filesystem: the real one, on an image file, with its index in RocksDB. */
  public static PosixSubject create() throws IOException {
    Path directory = Files.createTempDirectory("zonefsj-posix");
    Path image = directory.resolve("drive.img");
    ImageFile.create(image, EmulatedGeometry.ofSize(DRIVE_BYTES));
    ZonedDevice device = ImageFile.open(image, DeviceAccess.READ_WRITE);
    new DriveFormat("posix", UUID.randomUUID()).format(device);
    VolumeOptions defaults = VolumeOptions.DEFAULT;
    VolumeOptions options =
        new VolumeOptions(
            false,
            defaults.commitInterval(),
            directory.resolve("index"),
            defaults.cacheBytes(),
            defaults.dirtyBytes(),
            defaults.accessTimes(),
            defaults.errors(),
            defaults.gc(),
            defaults.zones());
    Volume volume = Volume.mount(device, options, ProgressListener.NONE);
    return new PosixSubject(
        volume.fileSystem(),
        () -> {
          volume.close();
          device.close();
          HostTrees.delete(directory);
        });
  }

  /** What carries it to the kernel: {@code -Dzonefsj.transport}. The gate runs both. */
  public static FuseTransport transport() {
    String name = System.getProperty("zonefsj.transport", "direct");
    return switch (name) {
      case "direct" -> new DirectFuseTransport();
      case "jnr-fuse" -> new JnrFuseTransport();
      default -> throw new IllegalStateException("no transport is called " + name);
    };
  }

  /** Whether it is the one that can all; what the other cannot is listed in SEMANTICS.md. */
  public static boolean isDirect() {
    return transport() instanceof DirectFuseTransport;
  }

  @Override
  public void close() throws IOException {
    closer.close();
  }
}
