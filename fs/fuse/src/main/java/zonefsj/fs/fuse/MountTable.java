// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The mounts that this process sees: /proc/self/mountinfo, read at each call. */
public final class MountTable {
  private static final Path MOUNT_INFO = Path.of("/proc/self/mountinfo");

  private MountTable() {}

  /**
   * One mount.
   *
   * @param device major:minor; for FUSE the minor is the number of the connection in
   *     /sys/fs/fuse/connections
   * @param mountPoint absolute
   * @param type filesystem type, for example "fuse.zonefs-j"
   * @param source the mounted source
   */
  public record Entry(String device, String mountPoint, String type, String source) {
    /** Name of the directory below /sys/fs/fuse/connections. */
    public String connection() {
      return device.substring(device.indexOf(':') + 1);
    }
  }

  /** The topmost mount at a path; null if nothing is mounted there. */
  public static @Nullable Entry at(Path mountPoint) throws IOException {
    Entry found = null;
    for (Entry entry : entries()) {
      if (entry.mountPoint().equals(mountPoint.toString())) {
        found = entry; // a later line covers an earlier one
      }
    }
    return found;
  }

  /** All mounts, in the order of their creation. */
  public static List<Entry> entries() throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (String line : Files.readAllLines(MOUNT_INFO, StandardCharsets.ISO_8859_1)) {
      Entry entry = parse(line);
      if (entry != null) {
        entries.add(entry);
      }
    }
    return entries;
  }

  // proc(5): 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
  private static @Nullable Entry parse(String line) {
    int separator = line.indexOf(" - ");
    if (separator < 0) {
      return null;
    }
    String[] left = line.substring(0, separator).split(" ", -1);
    String[] right = line.substring(separator + 3).split(" ", -1);
    if (left.length < 6 || right.length < 2) {
      return null;
    }
    return new Entry(left[2], unescape(left[4]), unescape(right[0]), unescape(right[1]));
  }

  /** Decodes space, tab, newline and backslash, which are written as \ooo. */
  private static String unescape(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 3 < text.length()) {
        bytes.write(Integer.parseInt(text.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
