// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.library;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;

/**
 * A selection of zones: a range of numbers, restricted to types and conditions. Immutable and
 * thread-safe; every method returns a new query.
 */
public final class ZoneQuery {
  private static final ZoneQuery ALL =
      new ZoneQuery(
          0, Integer.MAX_VALUE, EnumSet.allOf(ZoneType.class), EnumSet.allOf(ZoneCondition.class));

  private final int from;
  private final int count;
  private final Set<ZoneType> types;
  private final Set<ZoneCondition> conditions;

  private ZoneQuery(int from, int count, Set<ZoneType> types, Set<ZoneCondition> conditions) {
    this.from = from;
    this.count = count;
    this.types = Set.copyOf(types);
    this.conditions = Set.copyOf(conditions);
  }

  /** All zones. */
  public static ZoneQuery all() {
    return ALL;
  }

  /**
   * Selects the zones from this number on.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public ZoneQuery from(int first) {
    if (first < 0) {
      throw new IllegalArgumentException("no zone has the number " + first);
    }
    return new ZoneQuery(first, count, types, conditions);
  }

  /**
   * Limits the number of zones to examine; zones that do not match count, too. {@link Stream#limit}
   * limits the number of matches.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public ZoneQuery count(int most) {
    if (most < 0) {
      throw new IllegalArgumentException(most + " zones cannot be looked at");
    }
    return new ZoneQuery(from, most, types, conditions);
  }

  /** Selects only these types. */
  public ZoneQuery types(ZoneType... wanted) {
    return types(Set.copyOf(Arrays.asList(wanted)));
  }

  /** Selects only these types. */
  public ZoneQuery types(Set<ZoneType> wanted) {
    return new ZoneQuery(from, count, wanted, conditions);
  }

  /** Selects only these conditions. */
  public ZoneQuery conditions(ZoneCondition... wanted) {
    return conditions(Set.copyOf(Arrays.asList(wanted)));
  }

  /** Selects only these conditions. */
  public ZoneQuery conditions(Set<ZoneCondition> wanted) {
    return new ZoneQuery(from, count, types, wanted);
  }

  /** Whether the query selects a zone. */
  public boolean matches(ZoneDescriptor zone) {
    return inRange(zone.index())
        && types.contains(zone.type())
        && conditions.contains(zone.condition());
  }

  /** Whether a number is in the range to examine. */
  public boolean inRange(int zone) {
    return zone >= from && zone - from < count;
  }

  /**
   * The zones as the drive reports them, in the order of their numbers. Lazy: a batch is reported
   * after the previous one was consumed. A search for the first empty zone of a large drive
   * therefore costs one report, and later batches show a later state.
   *
   * <p>The stream is sequential and for one thread; a failed report throws {@link
   * java.io.UncheckedIOException}.
   *
   * @throws IndexOutOfBoundsException if the range begins after the last zone
   */
  public Stream<ZoneDescriptor> stream(ZonedDevice device) {
    DeviceGeometry geometry = device.geometry();
    AccessRules.checkZone(geometry, from);
    int end = (int) Math.min(geometry.zoneCount(), (long) from + count);
    return StreamSupport.stream(new ReportSpliterator(device, from, end), false)
        .filter(this::matches);
  }
}
