// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DevicePart;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;

/**
 * The facts of a drive.
 *
 * @param geometry the constant properties
 * @param zones number of zones by type and condition
 * @param smallestCapacityBytes smallest capacity of a sequential zone; 0 without such zones
 * @param largestCapacityBytes largest capacity of a sequential zone; 0 without such zones
 * @param writableBytes capacity of all sequential zones with a valid write pointer (not those that
 *     are read-only or offline)
 * @param writtenBytes written bytes of these zones
 * @param content what the drive holds; null if nothing known
 * @param parts the drive, and the drives on which it stands
 * @param users descriptions of what uses the drive: mounts, other devices on top of it
 */
public record DriveFacts(
    DeviceGeometry geometry,
    List<ZoneGroup> zones,
    long smallestCapacityBytes,
    long largestCapacityBytes,
    long writableBytes,
    long writtenBytes,
    @Nullable DriveContent content,
    List<DevicePart> parts,
    List<String> users) {

  /**
   * Zones of one type in one condition.
   *
   * @param type type of the zones
   * @param condition condition of the zones
   * @param count number of zones
   */
  public record ZoneGroup(ZoneType type, ZoneCondition condition, int count) {}

  /** Aggregates the zones of a report. */
  public static DriveFacts of(
      DeviceGeometry geometry,
      Iterable<ZoneDescriptor> zones,
      @Nullable DriveContent content,
      List<DevicePart> parts,
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
        List.copyOf(parts),
        List.copyOf(users));
  }

  /** Number of open zones. */
  public int openZones() {
    return zones.stream()
        .filter(group -> group.condition().isOpen())
        .mapToInt(ZoneGroup::count)
        .sum();
  }

  /** Number of active zones. */
  public int activeZones() {
    return zones.stream()
        .filter(group -> group.condition().isActive())
        .mapToInt(ZoneGroup::count)
        .sum();
  }
}
