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
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.BlockZonedDevice;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.fs.cli.control.MountedSources;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.volume.VolumeIdentity;

/**
 * Finds a drive by the filesystem on it, among the zoned block devices of this machine and the
 * drives that are mounted. Images are not searched for: they could be anywhere.
 */
final class FilesystemLookup implements DeviceLookup {
  private static final Path BLOCK_DEVICES = Path.of("/sys/block");

  @Override
  public Optional<String> find(Tag tag, String value) throws IOException {
    Set<String> found = new LinkedHashSet<>();
    // The drive of a live mount cannot be opened, but its daemon knows what is on it.
    for (MountedSources.Source source : MountedSources.all()) {
      if (matches(tag, value, source.uuid(), source.label())) {
        found.add(source.spec());
      }
    }
    List<String> unreadable = new ArrayList<>();
    for (Path device : zonedDevices()) {
      if (found.contains(device.toString())) {
        continue;
      }
      try (ZonedDevice drive = BlockZonedDevice.open(device, DeviceAccess.READ_ONLY)) {
        VolumeIdentity.probe(drive)
            .filter(identity -> matches(tag, value, identity.uuid().toString(), identity.label()))
            .ifPresent(identity -> found.add(device.toString()));
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

  private static List<Path> zonedDevices() throws IOException {
    List<Path> zoned = new ArrayList<>();
    if (!Files.isDirectory(BLOCK_DEVICES)) {
      return zoned;
    }
    try (DirectoryStream<Path> devices = Files.newDirectoryStream(BLOCK_DEVICES)) {
      for (Path device : devices) {
        Path kind = device.resolve("queue/zoned");
        if (Files.exists(kind) && !Files.readString(kind).strip().equals("none")) {
          // In /sys a slash in the name of a device is an exclamation mark.
          zoned.add(Path.of("/dev/" + String.valueOf(device.getFileName()).replace('!', '/')));
        }
      }
    }
    zoned.sort(null);
    return zoned;
  }
}
