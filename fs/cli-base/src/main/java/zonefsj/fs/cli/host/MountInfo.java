// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The mounts in the mount namespace of this process, from {@code /proc/self/mountinfo}. A snapshot;
 * later lines cover earlier ones.
 */
public final class MountInfo {
  private static final Path FILE = Path.of("/proc/self/mountinfo");

  private final List<MountEntry> entries;

  private MountInfo(List<MountEntry> entries) {
    this.entries = List.copyOf(entries);
  }

  /** Reads the current mounts. */
  public static MountInfo read() throws IOException {
    return parse(Files.readAllBytes(FILE));
  }

  /** Parses the content of a mountinfo file. Skips lines that it does not understand. */
  static MountInfo parse(byte[] content) {
    List<MountEntry> entries = new ArrayList<>();
    new String(content, StandardCharsets.UTF_8)
        .lines()
        .forEach(line -> parseLine(line).ifPresent(entries::add));
    return new MountInfo(entries);
  }

  private static Optional<MountEntry> parseLine(String line) {
    List<String> fields = Arrays.asList(line.split(" ", -1));
    // A variable number of optional fields ends with a single dash.
    int dash = fields.indexOf("-");
    if (dash < 6 || fields.size() < dash + 4 || !fields.get(0).matches("[0-9]{1,9}")) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new MountEntry(
              Integer.parseInt(fields.get(0)),
              fields.get(2),
              unescape(fields.get(3)),
              Path.of(unescape(fields.get(4))),
              fields.get(5),
              unescape(fields.get(dash + 1)),
              unescape(fields.get(dash + 2)),
              fields.get(dash + 3)));
    } catch (InvalidPathException e) {
      // The mount of somebody else, with a name that this locale cannot express. No caller can ask
      // for it.
      return Optional.empty();
    }
  }

  /** Decodes the kernel's octal escapes: {@code \040} is a space, {@code \012} a newline. */
  static String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    byte[] escaped = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream plain = new ByteArrayOutputStream(escaped.length);
    for (int i = 0; i < escaped.length; i++) {
      if (escaped[i] == '\\' && isOctal(escaped, i + 1)) {
        plain.write(
            (escaped[i + 1] - '0') * 64 + (escaped[i + 2] - '0') * 8 + (escaped[i + 3] - '0'));
        i += 3;
      } else {
        plain.write(escaped[i]);
      }
    }
    return plain.toString(StandardCharsets.UTF_8);
  }

  private static boolean isOctal(byte[] text, int from) {
    if (from + 3 > text.length) {
      return false;
    }
    for (int i = from; i < from + 3; i++) {
      if (text[i] < '0' || text[i] > '7') {
        return false;
      }
    }
    return text[from] <= '3';
  }

  /** All mounts, oldest first. */
  public List<MountEntry> entries() {
    return entries;
  }

  /** Whether a filesystem is mounted anywhere, by its {@code major:minor}. */
  public boolean has(String device) {
    return entries.stream().anyMatch(entry -> entry.device().equals(device));
  }

  /** The topmost mount at exactly this directory. */
  public Optional<MountEntry> at(Path mountPoint) {
    return entries.stream()
        .filter(entry -> entry.mountPoint().equals(mountPoint))
        .reduce((earlier, later) -> later);
  }

  /** The mount that a path is on. */
  public Optional<MountEntry> covering(Path path) {
    Optional<MountEntry> best = Optional.empty();
    for (MountEntry entry : entries) {
      if (path.startsWith(entry.mountPoint())
          && (best.isEmpty()
              || entry.mountPoint().getNameCount()
                  >= best.orElseThrow().mountPoint().getNameCount())) {
        best = Optional.of(entry);
      }
    }
    return best;
  }
}
