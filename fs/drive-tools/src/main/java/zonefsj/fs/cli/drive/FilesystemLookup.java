// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.BlockZonedDevice;
import zonefsj.device.emulated.EmulatedDisk;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.fs.cli.control.HostMounts;
import zonefsj.fs.cli.control.HostMounts.HostMount;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.volume.VolumeIdentity;

/**
 * Finds a drive by its filesystem, among the block devices of this machine and the mounted drives.
 * Does not search for images, which can be anywhere.
 */
final class FilesystemLookup implements DeviceLookup {
  private static final Logger LOG = LoggerFactory.getLogger(FilesystemLookup.class);
  private static final Path BLOCK_DEVICES = Path.of("/sys/class/block");

  @Override
  public Optional<String> find(Tag tag, String value) throws IOException {
    Set<String> found = new LinkedHashSet<>();
    // The drive of a live mount cannot be opened, but its daemon knows the filesystem.
    for (HostMount mount : HostMounts.read()) {
      mount
          .identity()
          .filter(identity -> matches(tag, value, identity.uuid(), identity.label()))
          .ifPresent(identity -> found.add(mount.entry().source()));
    }
    List<String> unreadable = new ArrayList<>();
    for (Path device : blockDevices()) {
      if (found.contains(device.toString())) {
        continue;
      }
      try (ZonedDevice drive = openIfZoned(device)) {
        if (drive != null) {
          VolumeIdentity.probe(drive)
              .filter(identity -> matches(tag, value, identity.uuid().toString(), identity.label()))
              .ifPresent(identity -> found.add(device.toString()));
        }
      } catch (IOException e) {
        unreadable.add(String.valueOf(e.getMessage()));
      }
    }
    if (found.size() > 1) {
      throw new UserError(
          tag
              + "="
              + value
              + " is on several drives: "
              + String.join(", ", found)
              + "; give the path of one of them");
    }
    if (found.isEmpty() && !unreadable.isEmpty()) {
      throw new UserError(
          tag
              + "="
              + value
              + ": no drive that can be read has it; not readable: "
              + String.join("; ", unreadable));
    }
    return found.stream().findFirst();
  }

  private static boolean matches(Tag tag, String value, String uuid, String label) {
    return switch (tag) {
      case UUID -> uuid.equalsIgnoreCase(value);
      case LABEL -> label.equals(value);
    };
  }

  /** Opens a drive that has zones, native or emulated; returns null for any other drive. */
  private static @Nullable ZonedDevice openIfZoned(Path device) throws IOException {
    if (!Files.exists(device)) {
      return null;
    }
    if (!EmulatedDisk.isConventional(device)) {
      return BlockZonedDevice.open(device, DeviceAccess.READ_ONLY);
    }
    boolean emulated;
    try {
      emulated = EmulatedDisk.isEmulated(device);
    } catch (IOException unreadable) {
      // A drive without a medium, or another user's. Most likely it holds no zonefs-j
      // filesystem.
      LOG.debug("{} is not looked at", device, unreadable);
      return null;
    }
    return emulated ? ImageFile.open(device, DeviceAccess.READ_ONLY) : null;
  }

  /** Lists whole drives and partitions. */
  private static List<Path> blockDevices() throws IOException {
    List<Path> all = new ArrayList<>();
    if (!Files.isDirectory(BLOCK_DEVICES)) {
      return all;
    }
    try (DirectoryStream<Path> devices = Files.newDirectoryStream(BLOCK_DEVICES)) {
      for (Path device : devices) {
        // In /sys an exclamation mark replaces a slash in a device name.
        all.add(Path.of("/dev/" + String.valueOf(device.getFileName()).replace('!', '/')));
      }
    }
    all.sort(null);
    return all;
  }
}
