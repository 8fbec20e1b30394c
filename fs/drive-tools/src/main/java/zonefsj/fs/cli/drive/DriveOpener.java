// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedDisk;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.spec.DeviceResolver;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.volume.VolumeFormatter;
import zonefsj.fs.volume.stored.VolumeFormatException;

/** Opens drives by SPEC. Thread-safe. */
public final class DriveOpener {
  private final FilesystemLookup lookup = new FilesystemLookup();
  private final DeviceResolver resolver = new DeviceResolver(lookup);

  /** Opens a drive for reading. Others may read it at the same time. */
  public ZonedDevice openToRead(String spec) throws IOException {
    return resolver.open(spec, DeviceAccess.READ_ONLY);
  }

  /** Opens a drive for writing, exclusively. */
  public ZonedDevice openToWrite(String spec) throws IOException {
    return resolver.open(spec, DeviceAccess.READ_WRITE);
  }

  /**
   * Creates emulated zones on a conventional drive that has none.
   *
   * @param force whether to overwrite what the drive holds, including existing emulated zones in
   *     any state
   * @param check refuses zones on which the caller's next step would fail; nothing is written
   *     before it has passed
   * @return the new zones; empty if the drive is zoned or already has emulated zones
   */
  public static Optional<EmulatedGeometry> emulateZones(
      String spec, boolean force, EmulatedDisk.GeometryCheck check) throws IOException {
    if (!(DeviceSpec.parse(spec) instanceof DeviceSpec.AtPath at) || !isConventional(at.path())) {
      return Optional.empty();
    }
    Path path = at.path();
    if (!force) {
      if (EmulatedDisk.isEmulated(path)) {
        return Optional.empty();
      }
      ForeignFormat.refuse(spec, EmulatedDisk.look(path));
    }
    return Optional.of(EmulatedDisk.create(path, check));
  }

  /**
   * Restores the header of emulated zones if only its copy is left.
   *
   * @return whether that was necessary
   */
  public boolean restoreHeader(String spec) throws IOException {
    DeviceSpec parsed = DeviceSpec.parse(absolute(spec));
    Path path =
        parsed instanceof DeviceSpec.AtPath at
            ? at.path()
            : parsed instanceof DeviceSpec.ImageAt image ? image.path() : null;
    return path != null
        && (isConventional(path) || Files.isRegularFile(path))
        && EmulatedDisk.restoreHeader(path);
  }

  private static boolean isConventional(Path path) throws IOException {
    return Files.exists(path) && EmulatedDisk.isConventional(path);
  }

  /** Whether a SPEC names a drive in memory, which ends with the process. */
  public static boolean isInMemory(String spec) {
    return spec.startsWith("mem:");
  }

  /** Length in bytes of the drive in memory that a SPEC names; 0 for other drives. */
  public static long bytesInMemory(String spec) throws DeviceSpecException {
    return DeviceSpec.parse(spec) instanceof DeviceSpec.InMemory drive
        ? drive.geometry().sizeBytes()
        : 0;
  }

  /** Opens a drive for a mount. A drive in memory is new, so this formats it. */
  public ZonedDevice openToMount(String spec, boolean readOnly) throws IOException {
    if (!isInMemory(spec)) {
      return readOnly ? openToRead(spec) : openToWrite(spec);
    }
    ZonedDevice device = openToWrite(spec);
    boolean formatted = false;
    try {
      VolumeFormatter.format(
          device,
          new VolumeFormatter.FormatOptions("", UUID.randomUUID(), false),
          ProgressListener.NONE);
      formatted = true;
      return device;
    } finally {
      if (!formatted) {
        device.close();
      }
    }
  }

  /**
   * Returns a SPEC that stays valid in any directory, and after another drive is plugged in. The
   * daemon receives it, and the mount table shows it.
   */
  public String absolute(String spec) throws IOException {
    DeviceSpec parsed = DeviceSpec.parse(spec);
    if (parsed instanceof DeviceSpec.AtPath at) {
      return realPath(at.path());
    }
    if (parsed instanceof DeviceSpec.ImageAt image) {
      String path = realPath(image.path());
      return Files.isRegularFile(Path.of(path)) ? path : "file:" + path;
    }
    if (parsed instanceof DeviceSpec.Tagged tagged) {
      return lookup.find(tagged.tag(), tagged.value()).orElse(spec);
    }
    return spec;
  }

  /**
   * Adds the name of the drive to a failure; code that parses the drive's bytes does not know it.
   */
  public static UserError named(String spec, VolumeFormatException failure) {
    String words = String.valueOf(failure.getMessage());
    return new UserError(words.contains(spec) ? words : spec + ": " + words, failure);
  }

  private static String realPath(Path path) throws IOException {
    return (Files.exists(path) ? path.toRealPath() : path.toAbsolutePath()).toString();
  }
}
