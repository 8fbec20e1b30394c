// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;

/**
 * What there is to know of a drive.
 *
 * @param geometry what does not change
 * @param zones how many zones there are of each kind
 * @param smallestCapacityBytes how much can be written to the sequential zone that takes the least;
 *     0 without such zones
 * @param largestCapacityBytes the same of the one that takes the most
 * @param writableBytes how much all sequential zones that are not worn out can take together
 * @param writtenBytes how much of that is written
 * @param content what it holds; null if nothing that is known
 * @param users who has it, in words: mounts, other devices on top of it
 */
public record DriveFacts(
    DeviceGeometry geometry,
    List<ZoneGroup> zones,
    long smallestCapacityBytes,
    long largestCapacityBytes,
    long writableBytes,
    long writtenBytes,
    @Nullable DriveContent content,
    List<String> users) {

  /**
   * Zones that are alike.
   *
   * @param type their type
   * @param condition their condition
   * @param count how many
   */
  public record ZoneGroup(ZoneType type, ZoneCondition condition, int count) {}

  /** Sums up the zones. */
  public static DriveFacts of(
      DeviceGeometry geometry,
      Iterable<ZoneDescriptor> zones,
      @Nullable DriveContent content,
      List<String> users) {
    Comparator<ZoneGroup> order =
        Comparator.comparing(ZoneGroup::type).thenComparing(ZoneGroup::condition);
    Map<ZoneGroup, Integer> counts = new TreeMap<>(order);
    long smallest = Long.MAX_VALUE;
    long largest = 0;
    long writable = 0;
    long written = 0;
    for (ZoneDescriptor zone : zones) {
      counts.merge(new ZoneGroup(zone.type(), zone.condition(), 0), 1, Integer::sum);
      if (zone.type() != ZoneType.CONVENTIONAL) {
        smallest = Math.min(smallest, zone.capacityBytes());
        largest = Math.max(largest, zone.capacityBytes());
      }
      if (zone.hasWritePointer()) {
        writable += zone.capacityBytes();
        written += zone.writtenBytes();
      }
    }
    List<ZoneGroup> groups = new ArrayList<>();
    counts.forEach(
        (group, count) -> groups.add(new ZoneGroup(group.type(), group.condition(), count)));
    return new DriveFacts(
        geometry,
        groups,
        largest == 0 ? 0 : smallest,
        largest,
        writable,
        written,
        content,
        List.copyOf(users));
  }

  /** How many zones are open. */
  public int openZones() {
    return zones.stream()
        .filter(group -> group.condition().isOpen())
        .mapToInt(ZoneGroup::count)
        .sum();
  }

  /** How many zones are active. */
  public int activeZones() {
    return zones.stream()
        .filter(group -> group.condition().isActive())
        .mapToInt(ZoneGroup::count)
        .sum();
  }
}
