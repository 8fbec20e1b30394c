// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
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
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.volume.VolumeIdentity;

/**
 * Finds a drive by its filesystem, among the block devices of this machine and the mounted drives.
 * Does not search for images, which can be anywhere. The search is among the devices of {@link
 * BlockDeviceList}.
 */
final class FilesystemLookup implements DeviceLookup {
  private static final Logger LOG = LoggerFactory.getLogger(FilesystemLookup.class);

  private final BlockDeviceList devices = new BlockDeviceList(Path.of("/sys/class/block"));

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
    for (Path device : devices.read(Directories.currentUid(), unreadable::add)) {
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
              + ": no drive that can be read has it; give its path if it is one of these: "
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
}
