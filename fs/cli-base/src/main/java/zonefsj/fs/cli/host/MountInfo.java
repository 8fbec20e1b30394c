// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import zonefsj.device.mounts.MountTable;

/**
 * The mounts in the mount namespace of this process, as the commands look for them. A snapshot;
 * later entries cover earlier ones. Immutable.
 */
public final class MountInfo {
  private final List<MountEntry> entries;

  private MountInfo(List<MountEntry> entries) {
    this.entries = List.copyOf(entries);
  }

  /** Reads the current mounts. */
  public static MountInfo read() throws IOException {
    return of(MountTable.read());
  }

  /** Leaves out mounts that no path of this locale can name: no caller can ask for them. */
  static MountInfo of(MountTable mounts) {
    return new MountInfo(
        mounts.entries().stream().map(MountEntry::of).flatMap(Optional::stream).toList());
  }

  /** All mounts, oldest first. */
  public List<MountEntry> entries() {
    return entries;
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
