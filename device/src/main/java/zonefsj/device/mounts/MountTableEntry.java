// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mounts;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One line of {@code /proc/PID/mountinfo}, see proc_pid_mountinfo(5). Names are decoded from the
 * kernel's octal escapes and from UTF-8; a byte that is not UTF-8 becomes U+FFFD, so two such names
 * can be equal. Immutable.
 *
 * @param id number of the mount
 * @param device {@code major:minor}, the same for every mount of one filesystem
 * @param root directory of the filesystem that is visible there; not {@code /} for a bind mount
 * @param mountPoint where it is mounted; absolute
 * @param options of this mount, comma-separated, with the kernel's escapes
 * @param type of the filesystem, with its subtype: {@code fuse.zonefs-j}
 * @param source of the filesystem, for example a block device
 * @param superOptions of the filesystem, comma-separated, with the kernel's escapes; may be empty
 */
public record MountTableEntry(
    int id,
    String device,
    String root,
    String mountPoint,
    String options,
    String type,
    String source,
    String superOptions) {
  /** Number of fields before the optional ones. */
  private static final int FIXED_FIELDS = 6;

  /** Whether it is a FUSE filesystem without a block device: its user chose what it says. */
  public boolean isFuse() {
    return type.equals("fuse") || type.startsWith("fuse.");
  }

  /** User who mounted it, as FUSE records it; empty for other filesystems. */
  public OptionalInt mounterUid() {
    return number("user_id");
  }

  /** Group of the user who mounted it, as FUSE records it; empty for other filesystems. */
  public OptionalInt mounterGid() {
    return number("group_id");
  }

  /** The number that an option gives: {@code user_id=1000}; empty if there is none. */
  private OptionalInt number(String name) {
    return Arrays.stream(superOptions.split(","))
        .filter(option -> option.matches(name + "=[0-9]{1,10}"))
        .mapToInt(option -> Integer.parseUnsignedInt(option.substring(name.length() + 1)))
        .findFirst();
  }

  /** The minor number of the device; for FUSE, the name below /sys/fs/fuse/connections. */
  public String minor() {
    return device.substring(device.indexOf(':') + 1);
  }

  /**
   * Parses a line: {@code 36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/sda1 rw}.
   *
   * @param line without the newline
   * @return empty if the line does not have this form
   */
  static Optional<MountTableEntry> parse(byte[] line) {
    // One character for each byte: an escape may be within the bytes of a character.
    List<String> fields =
        Arrays.asList(new String(line, StandardCharsets.ISO_8859_1).split(" ", -1));
    if (fields.size() < FIXED_FIELDS || !fields.get(0).matches("[0-9]{1,9}")) {
      return Optional.empty();
    }
    // The number of optional fields varies; a single dash ends them.
    int afterFixed = fields.subList(FIXED_FIELDS, fields.size()).indexOf("-");
    int dash = FIXED_FIELDS + afterFixed;
    if (afterFixed < 0 || dash + 2 >= fields.size()) {
      return Optional.empty();
    }
    return Optional.of(
        new MountTableEntry(
            Integer.parseInt(fields.get(0)),
            fields.get(2),
            unescape(fields.get(3)),
            unescape(fields.get(4)),
            decode(fields.get(5)),
            unescape(fields.get(dash + 1)),
            unescape(fields.get(dash + 2)),
            dash + 3 < fields.size() ? decode(fields.get(dash + 3)) : ""));
  }

  private static String decode(String field) {
    return new String(field.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  /** Decodes the kernel's octal escapes: {@code \040} is a space, {@code \012} a newline. */
  private static String unescape(String field) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
    for (int i = 0; i < field.length(); i++) {
      if (isEscape(field, i)) {
        bytes.write(Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        bytes.write(field.charAt(i));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static boolean isEscape(String field, int at) {
    return field.charAt(at) == '\\'
        && at + 3 < field.length()
        && isDigit(field.charAt(at + 1), '3')
        && isDigit(field.charAt(at + 2), '7')
        && isDigit(field.charAt(at + 3), '7');
  }

  private static boolean isDigit(char c, char highest) {
    return c >= '0' && c <= highest;
  }
}
