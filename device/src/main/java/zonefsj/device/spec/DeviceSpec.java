// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ByteSize;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.RamZonedDevice;

/**
 * A parsed SPEC.
 *
 * <pre>
 * SPEC = PATH | "file:" PATH | "mem:" SIZE *("," KEY "=" VALUE) | "UUID=" UUID | "LABEL=" LABEL
 * KEY  = "zone-size" | "zone-capacity" | "block-size" | "conventional" | "max-open" | "max-active"
 * </pre>
 *
 * A limit may be {@code none}. Immutable.
 */
public sealed interface DeviceSpec {
  /** The forms that {@link #parse} accepts, for messages. */
  String KINDS =
      "a block device, an image file, file:PATH, mem:SIZE[,zone-size=SIZE,...], UUID=... or"
          + " LABEL=...";

  /**
   * A block device or image, depending on what is at the path.
   *
   * @param path of the device or image
   */
  record AtPath(Path path) implements DeviceSpec {
    @Override
    public ZonedDevice open(DeviceOpening opening) throws IOException {
      return opening.openPath(path);
    }
  }

  /**
   * An image file.
   *
   * @param path of the file
   */
  record ImageAt(Path path) implements DeviceSpec {
    @Override
    public ZonedDevice open(DeviceOpening opening) throws IOException {
      return ImageFile.open(path, opening.access());
    }
  }

  /**
   * A new emulated drive in memory.
   *
   * @param geometry its geometry
   */
  record InMemory(EmulatedGeometry geometry) implements DeviceSpec {
    @Override
    public ZonedDevice open(DeviceOpening opening) {
      return RamZonedDevice.create(geometry);
    }
  }

  /**
   * The drive with a filesystem of this UUID or label.
   *
   * @param tag which of them
   * @param value the UUID in its usual form, or the label
   */
  record Tagged(DeviceLookup.Tag tag, String value) implements DeviceSpec {
    @Override
    public ZonedDevice open(DeviceOpening opening) throws IOException {
      return opening.openTagged(tag, value);
    }
  }

  /**
   * Opens the drive; only {@link DeviceResolver} can call it. The caller closes the drive.
   *
   * @throws IOException with a one-line message: the problem, the place, the remedy
   */
  ZonedDevice open(DeviceOpening opening) throws IOException;

  /**
   * Parses a SPEC; accesses no files.
   *
   * @throws DeviceSpecException with a one-line message if it is invalid
   */
  static DeviceSpec parse(String text) throws DeviceSpecException {
    if (text.isBlank()) {
      throw new DeviceSpecException("no drive is given; give " + KINDS);
    }
    if (text.startsWith("file:")) {
      return new ImageAt(path(text.substring("file:".length())));
    }
    if (text.startsWith("mem:")) {
      return new InMemory(memory(text, text.substring("mem:".length())));
    }
    if (text.startsWith("UUID=")) {
      return new Tagged(DeviceLookup.Tag.UUID, uuid(unquoted(text.substring("UUID=".length()))));
    }
    if (text.startsWith("LABEL=")) {
      String label = unquoted(text.substring("LABEL=".length()));
      if (label.isEmpty()) {
        throw new DeviceSpecException("LABEL= needs a label after it");
      }
      return new Tagged(DeviceLookup.Tag.LABEL, label);
    }
    return new AtPath(path(text));
  }

  private static Path path(String text) throws DeviceSpecException {
    if (text.isEmpty()) {
      throw new DeviceSpecException("file: needs the path of an image file after it");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new DeviceSpecException("'" + text + "' is not a path: " + e.getMessage(), e);
    }
  }

  private static String uuid(String text) throws DeviceSpecException {
    try {
      UUID uuid = UUID.fromString(text);
      if (uuid.toString().equalsIgnoreCase(text)) {
        return uuid.toString();
      }
    } catch (IllegalArgumentException e) {
      throw notUuid(text, e);
    }
    throw notUuid(text, null);
  }

  private static DeviceSpecException notUuid(String text, @Nullable Throwable cause) {
    return new DeviceSpecException(
        "'" + text + "' is not a UUID; it looks like 01234567-89ab-cdef-0123-456789abcdef", cause);
  }

  /** Removes quotation marks around a value, as in fstab. */
  private static String unquoted(String value) {
    boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  private static EmulatedGeometry memory(String spec, String text) throws DeviceSpecException {
    List<String> parts = List.of(text.split(",", -1));
    try {
      EmulatedGeometry.Builder builder = EmulatedGeometry.builder(ByteSize.parse(parts.get(0)));
      for (String part : parts.subList(1, parts.size())) {
        int equals = part.indexOf('=');
        String key = equals < 0 ? part : part.substring(0, equals);
        set(builder, key, equals < 0 ? "" : part.substring(equals + 1));
      }
      return builder.build();
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new DeviceSpecException(spec + ": " + e.getMessage(), e);
    }
  }

  private static void set(EmulatedGeometry.Builder builder, String key, String value) {
    switch (key) {
      case "zone-size" -> builder.zoneSizeBytes(ByteSize.parse(value));
      case "zone-capacity" -> builder.zoneCapacityBytes(ByteSize.parse(value));
      case "block-size" -> builder.blockSizeBytes(Math.toIntExact(ByteSize.parse(value)));
      case "conventional" -> builder.conventionalZones(count(key, value));
      case "max-open" -> builder.maxOpenZones(limit(key, value));
      case "max-active" -> builder.maxActiveZones(limit(key, value));
      default ->
          throw new IllegalArgumentException(
              "'"
                  + key
                  + "' is not known; known are zone-size, zone-capacity, block-size, conventional,"
                  + " max-open and max-active");
    }
  }

  private static OptionalInt limit(String key, String value) {
    return value.equals("none") ? OptionalInt.empty() : OptionalInt.of(count(key, value));
  }

  private static int count(String key, String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + " needs a whole number, not '" + value + "'", e);
    }
  }
}
