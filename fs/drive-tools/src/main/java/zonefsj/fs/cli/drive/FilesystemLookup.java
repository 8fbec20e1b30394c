// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
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
import zonefsj.fs.cli.control.HostMounts.Identity;
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

  /**
   * A filesystem on a drive.
   *
   * @param drive where it is
   * @param identity label and UUID, as text
   */
  private record Found(String drive, Identity identity) {}

  @Override
  public Optional<String> find(Tag tag, String value) throws IOException {
    Set<String> found = new LinkedHashSet<>();
    List<String> unreadable = new ArrayList<>();
    for (Found each : search(unreadable::add)) {
      if (matches(tag, value, each.identity())) {
        found.add(each.drive());
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

  /** The labels or UUIDs of all drives that can be read, each once. */
  List<String> values(Tag tag) throws IOException {
    return search(unreadable -> {}).stream()
        .map(each -> value(tag, each.identity()))
        .filter(value -> !value.isEmpty())
        .distinct()
        .sorted()
        .toList();
  }

  /**
   * All filesystems on the mounted drives and the block devices.
   *
   * @param unreadable receives why a device could not be searched
   */
  private List<Found> search(Consumer<String> unreadable) throws IOException {
    List<Found> found = new ArrayList<>();
    Set<String> mounted = new HashSet<>();
    // The drive of a live mount cannot be opened, but its daemon knows the filesystem.
    for (HostMount mount : HostMounts.read()) {
      String source = mount.entry().source();
      mount
          .identity()
          .ifPresent(
              identity -> {
                found.add(new Found(source, identity));
                mounted.add(source);
              });
    }
    for (Path device : devices.read(Directories.currentUid())) {
      if (mounted.contains(device.toString())) {
        continue;
      }
      try (ZonedDevice drive = openIfZoned(device)) {
        if (drive != null) {
          VolumeIdentity.probe(drive)
              .map(identity -> new Identity(identity.uuid().toString(), identity.label()))
              .ifPresent(identity -> found.add(new Found(device.toString(), identity)));
        }
      } catch (IOException e) {
        unreadable.accept(String.valueOf(e.getMessage()));
      }
    }
    return found;
  }

  private static boolean matches(Tag tag, String value, Identity identity) {
    return switch (tag) {
      case UUID -> identity.uuid().equalsIgnoreCase(value);
      case LABEL -> identity.label().equals(value);
    };
  }

  /** The label or the UUID of a filesystem. */
  static String value(Tag tag, Identity identity) {
    return switch (tag) {
      case UUID -> identity.uuid();
      case LABEL -> identity.label();
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
