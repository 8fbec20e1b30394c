// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.PartShapes;
import zonefsj.device.drives.ImageSpec;
import zonefsj.device.drives.PathSpec;
import zonefsj.device.emulated.EmulatedDisk;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.layer.DriveLayerSpec;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceResolver;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.TrustedPath;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.volume.VolumeFormatter;
import zonefsj.fs.volume.stored.VolumeFormatException;

/** Opens drives by SPEC. Thread-safe. */
public final class DriveOpener {
  private final FilesystemLookup lookup = new FilesystemLookup();
  private final DeviceResolver resolver = new DeviceResolver(this::find);

  /** A mounted drive that is found by its filesystem can have a client, too. */
  private Optional<String> find(DeviceLookup.Tag tag, String value) throws IOException {
    Optional<String> found = lookup.find(tag, value);
    if (found.isPresent()) {
      checkClient(found.orElseThrow());
    }
    return found;
  }

  /**
   * Checks that no other user decides what a client of the drives runs. Comes before any request to
   * a store.
   *
   * @throws UserError with the file, whose name may be from the environment
   */
  private static void checkClient(String spec) throws IOException {
    for (Path file : DeviceSpec.parse(spec).clientFiles()) {
      try {
        TrustedPath.checkToRead(file, Directories.currentUid());
      } catch (UserError e) {
        throw new UserError(
            spec
                + " is not opened: its client can run programs that a file names, and another user"
                + " decides which: "
                + e.getMessage()
                + ", or name another file in the environment",
            e);
      }
    }
  }

  /** Opens a drive for reading. Others may read it at the same time. */
  public ZonedDevice openToRead(String spec) throws IOException {
    checkClient(spec);
    return resolver.open(spec, DeviceAccess.READ_ONLY);
  }

  /** Opens a drive for writing, exclusively. */
  public ZonedDevice openToWrite(String spec) throws IOException {
    checkClient(spec);
    return resolver.open(spec, DeviceAccess.READ_WRITE);
  }

  /** Opens a drive for writing that another host has not closed, and keeps that from writing. */
  public ZonedDevice openToTakeOver(String spec) throws IOException {
    checkClient(spec);
    return resolver.takeOver(spec);
  }

  /** Opens a drive for writing, exclusively, with all the zones that its medium has room for. */
  public ZonedDevice openToGrow(String spec) throws IOException {
    checkClient(spec);
    return resolver.grow(spec);
  }

  /**
   * Opens a drive to format it, exclusively. Makes composed drives of their parts first.
   *
   * @param force whether parts may hold anything
   */
  public ZonedDevice openToFormat(String spec, boolean force) throws IOException {
    checkClient(spec);
    return resolver.create(spec, force ? Creation.ERASE : Creation.IF_EMPTY);
  }

  /**
   * Opens a drive as {@link #openToFormat} does, with changes in memory: what is refused there is
   * found before anything is written.
   */
  public ZonedDevice openTrial(String spec, boolean force) throws IOException {
    DeviceSpec parsed = absolutely(spec);
    checkClient(parsed.toString());
    return resolver.create(TrialSpec.of(parsed, force), force ? Creation.ERASE : Creation.IF_EMPTY);
  }

  /**
   * Formats a drive that is put together from others in memory, and so refuses what a format would
   * refuse, before anything is written to any of them. Does nothing for a single drive, whose
   * checks come before its first write.
   *
   * @throws IOException with the same words as the format
   */
  public void tryFormat(String spec, VolumeFormatter.FormatOptions options) throws IOException {
    tryFormat(spec, options, false);
  }

  private void tryFormat(String spec, VolumeFormatter.FormatOptions options, boolean mustBeEmpty)
      throws IOException {
    DeviceSpec parsed = absolutely(spec);
    if (parsed.parts().isEmpty() || parsed.isNew()) {
      return;
    }
    try (ZonedDevice trial = openTrial(spec, options.force())) {
      if (!options.force()) {
        ForeignFormat.refuse(spec, trial);
      }
      if (mustBeEmpty && DriveContent.of(trial).isEmpty() && !PartShapes.isEmpty(trial)) {
        throw notEmpty(spec);
      }
      VolumeFormatter.format(trial, options, ProgressListener.NONE);
    }
  }

  /**
   * Creates emulated zones on each conventional drive that changes of a SPEC go to and that has
   * none.
   *
   * @param force whether to overwrite what the drive holds, including existing emulated zones in
   *     any state
   * @param check refuses zones on which the caller's next step would fail; nothing is written
   *     before it has passed. Called only if the SPEC names a single drive
   * @param made receives the path of each such drive, and its new zones
   */
  public static void emulateZones(
      String spec,
      boolean force,
      EmulatedDisk.GeometryCheck check,
      BiConsumer<Path, EmulatedGeometry> made)
      throws IOException {
    DeviceSpec parsed = DeviceSpec.parse(spec);
    Set<DeviceSpec> tops = layerDrives(parsed).collect(Collectors.toSet());
    for (DeviceSpec drive : parsed.changedDrives().toList()) {
      if (!(drive instanceof PathSpec at) || !isConventional(at.path())) {
        continue;
      }
      Path path = at.path();
      if (tops.contains(drive) && EmulatedDisk.isEmulated(path)) {
        // A layer that is being merged there is not given up by a format.
        continue;
      }
      if (!force) {
        if (EmulatedDisk.isEmulated(path)) {
          continue;
        }
        ForeignFormat.refuse(path.toString(), EmulatedDisk.look(path));
      }
      made.accept(path, EmulatedDisk.create(path, drive == parsed ? check : zones -> {}));
    }
  }

  /** The single drives that keep layers. */
  private static Stream<DeviceSpec> layerDrives(DeviceSpec spec) {
    return spec instanceof DriveLayerSpec layer
        ? layer.top().singleDrives()
        : spec.parts().stream().flatMap(DriveOpener::layerDrives);
  }

  /**
   * Restores the headers of emulated zones of which only the copies are left, on all drives of a
   * SPEC.
   *
   * @return whether that was necessary
   */
  public boolean restoreHeaders(String spec) throws IOException {
    boolean restored = false;
    for (DeviceSpec drive : absolutely(spec).changedDrives().toList()) {
      Path path =
          drive instanceof PathSpec at
              ? at.path()
              : drive instanceof ImageSpec image ? image.path() : null;
      restored |=
          path != null
              && (isConventional(path) || Files.isRegularFile(path))
              && EmulatedDisk.restoreHeader(path);
    }
    return restored;
  }

  private static boolean isConventional(Path path) throws IOException {
    return Files.exists(path) && EmulatedDisk.isConventional(path);
  }

  /** Whether a SPEC names a new drive in memory, which ends with the process. */
  public static boolean isInMemory(String spec) throws DeviceSpecException {
    return DeviceSpec.parse(spec).isNew();
  }

  /** Whether changes of the drive end with the process, because they are in memory. */
  public static boolean losesChanges(String spec) throws DeviceSpecException {
    return DeviceSpec.parse(spec).losesChanges();
  }

  /** Bytes of Java heap that the drives of a SPEC can take for data. */
  public static long bytesInMemory(String spec) throws DeviceSpecException {
    return DeviceSpec.parse(spec).memoryBytes();
  }

  /**
   * Bytes of Java heap for what must be known of the drives of a SPEC, besides: asks them, and the
   * answers may differ.
   */
  public static long indexBytesInMemory(String spec) throws IOException {
    checkClient(spec);
    return DeviceSpec.parse(spec).indexBytes();
  }

  /** Bytes of memory outside the heap that the drives of a SPEC can take for data. */
  public static long directBytesInMemory(String spec) throws DeviceSpecException {
    return DeviceSpec.parse(spec).directMemoryBytes();
  }

  /**
   * Opens a drive for a mount, and formats it if it is new: a drive in memory.
   *
   * @param format formats also another drive, if it holds nothing that is known
   * @param progress of the format
   * @throws UserError if it is to be formatted and holds something
   */
  public ZonedDevice openToMount(
      String spec, boolean readOnly, boolean format, ProgressListener progress) throws IOException {
    boolean isNew = DeviceSpec.parse(spec).isNew();
    if (!isNew && !format) {
      return readOnly ? openToRead(spec) : openToWrite(spec);
    }
    VolumeFormatter.FormatOptions options =
        new VolumeFormatter.FormatOptions(
            "", UUID.randomUUID(), false, Directories.currentUid(), Directories.currentGid(), 1);
    if (format) {
      requireBlank(spec);
      tryFormat(spec, options, true);
      emulateZones(spec, false, zones -> {}, (path, zones) -> {});
    }
    ZonedDevice device = openToFormat(spec, false);
    boolean formatted = false;
    try {
      Optional<DriveContent> content = isNew ? Optional.empty() : DriveContent.of(device);
      if (content.isPresent()) {
        throw new UserError(
            spec
                + " holds "
                + content.orElseThrow().title()
                + ": mount it without --mkfs, or overwrite it with 'zonefs-j mkfs --force'");
      }
      if (!isNew && !PartShapes.isEmpty(device)) {
        throw notEmpty(spec);
      }
      VolumeFormatter.format(device, options, progress);
      formatted = true;
      return device;
    } finally {
      if (!formatted) {
        device.close();
      }
    }
  }

  /** Zones are emulated only where nothing is. */
  private static void requireBlank(String spec) throws IOException {
    for (DeviceSpec drive : DeviceSpec.parse(spec).changedDrives().toList()) {
      if (drive instanceof PathSpec at
          && isConventional(at.path())
          && !EmulatedDisk.isEmulated(at.path())) {
        ByteBuffer start = EmulatedDisk.look(at.path());
        ForeignFormat.refuse(at.path().toString(), start.duplicate());
        while (start.hasRemaining()) {
          if (start.get() != 0) {
            throw notEmpty(at.path().toString());
          }
        }
      }
    }
  }

  private static UserError notEmpty(String spec) {
    return new UserError(
        spec + " is not empty, and is not formatted by a mount: 'zonefs-j mkfs' overwrites it");
  }

  /**
   * Refuses two SPECs of which one is to be written from the other, and that share a drive.
   *
   * @throws DeviceSpecException with its name
   */
  public static void refuseShared(String one, String other) throws IOException {
    new DeviceOpening(DeviceAccess.READ_ONLY, Creation.NONE, DeviceLookup.none(), 0)
        .refuseTwice(List.of(DeviceSpec.parse(one), DeviceSpec.parse(other)));
  }

  /**
   * Returns a SPEC that stays valid in any directory, and after another drive is plugged in. The
   * daemon receives it, and the mount table shows it.
   */
  public String absolute(String spec) throws IOException {
    DeviceSpec absolute = absolutely(spec);
    // The mount table shows the plain path of a single drive, as it does for other filesystems.
    return absolute instanceof PathSpec at ? at.path().toString() : absolute.toString();
  }

  /** As {@link #absolute}, as a part of another SPEC has it: a path may be quoted. */
  public String absoluteText(String spec) throws IOException {
    return absolutely(spec).toString();
  }

  private DeviceSpec absolutely(String spec) throws IOException {
    return DeviceSpec.parse(spec).absolute(lookup);
  }

  /**
   * Adds the name of the drive to a failure; code that parses the drive's bytes does not know it.
   */
  public static UserError named(String spec, VolumeFormatException failure) {
    String words = String.valueOf(failure.getMessage());
    return new UserError(words.contains(spec) ? words : spec + ": " + words, failure);
  }
}
