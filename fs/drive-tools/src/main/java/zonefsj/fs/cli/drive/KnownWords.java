// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import zonefsj.device.ZoneCondition;
import zonefsj.device.spec.DeviceLookup.Tag;
import zonefsj.fs.cli.control.HostMounts;
import zonefsj.fs.cli.options.UsageError;

/** Words of the command line that depend on the host, for the completion of a shell. */
public final class KnownWords {
  /** Nobody reads more, and a shell takes its time over them. */
  private static final int MOST_ZONES = 1000;

  private KnownWords() {}

  /**
   * The labels or UUIDs of the drives that can be read, each once.
   *
   * @param mounted whether only those of this user's mounts are wanted
   */
  public static List<String> of(Tag tag, boolean mounted) throws IOException {
    if (mounted) {
      return HostMounts.read().stream()
          .flatMap(mount -> mount.identity().stream())
          .map(identity -> FilesystemLookup.value(tag, identity))
          .filter(value -> !value.isEmpty())
          .distinct()
          .sorted()
          .toList();
    }
    return new FilesystemLookup().values(tag);
  }

  /**
   * Numbers of zones of a drive, at most a thousand.
   *
   * @param use what is to be done with the zone: a word of {@link ZoneAction}, {@code read}, {@code
   *     write}, or anything else for all zones
   * @param start first digits
   */
  public static List<String> zones(String spec, String use, String start)
      throws IOException, UsageError {
    Set<ZoneCondition> wanted = conditions(use);
    return ZonesCommand.zones(spec).stream()
        .filter(zone -> wanted.contains(zone.descriptor().condition()))
        .map(zone -> Integer.toString(zone.descriptor().index()))
        .filter(number -> number.startsWith(start))
        .limit(MOST_ZONES)
        .toList();
  }

  private static Set<ZoneCondition> conditions(String use) {
    Set<ZoneCondition> changed = ZoneAction.changedBy(use);
    if (!changed.isEmpty()) {
      return changed;
    }
    return switch (use) {
      case "read" -> EnumSet.complementOf(EnumSet.of(ZoneCondition.EMPTY, ZoneCondition.OFFLINE));
      case "write" ->
          EnumSet.complementOf(
              EnumSet.of(ZoneCondition.FULL, ZoneCondition.READ_ONLY, ZoneCondition.OFFLINE));
      default -> EnumSet.allOf(ZoneCondition.class);
    };
  }
}
