// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mounts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The mounts in the mount namespace of a process. A snapshot; later entries cover earlier ones.
 * Immutable.
 */
public final class MountTable {
  private static final Path OWN = Path.of("/proc/self/mountinfo");

  private final List<MountTableEntry> entries;

  private MountTable(List<MountTableEntry> entries) {
    this.entries = List.copyOf(entries);
  }

  /**
   * Reads the current mounts of this process.
   *
   * @throws IOException if the kernel does not show them
   */
  public static MountTable read() throws IOException {
    return read(OWN);
  }

  /**
   * Reads the mounts in a file as a whole: of this process only, because another user can make the
   * table of another process of any size. {@link MountTableScan} is for those.
   *
   * @param mountInfo a file in the form of {@code /proc/PID/mountinfo}
   */
  public static MountTable read(Path mountInfo) throws IOException {
    return parse(Files.readAllBytes(mountInfo));
  }

  /** Parses the content of a mountinfo file. Skips lines of another form. */
  public static MountTable parse(byte[] content) {
    List<MountTableEntry> entries = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= content.length; i++) {
      // Only a newline ends a line: the kernel does not escape a carriage return in a name.
      if (i == content.length || content[i] == '\n') {
        MountTableEntry.parse(Arrays.copyOfRange(content, start, i)).ifPresent(entries::add);
        start = i + 1;
      }
    }
    return new MountTable(entries);
  }

  /** All mounts, oldest first. */
  public List<MountTableEntry> entries() {
    return entries;
  }

  /** The topmost mount at exactly this directory, by the text of its name. */
  public Optional<MountTableEntry> at(Path mountPoint) {
    String name = mountPoint.toString();
    return entries.stream()
        .filter(entry -> entry.mountPoint().equals(name))
        .reduce((earlier, later) -> later);
  }
}
