// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceModel;
import zonefsj.device.ZoneDescriptor;

/** What a mirror says of itself: what all its members can do, without the zones of the labels. */
final class MirrorGeometry {
  private static final int RESERVED_ACTIVE = 2;

  private MirrorGeometry() {}

  /**
   * The geometry of a mirror.
   *
   * @param geometries of its members, also those that are brought up to date later; the first one
   *     is current
   * @param shape the zones of one member that are the mirror's
   * @param description what the mirror calls itself
   */
  static DeviceGeometry of(
      List<DeviceGeometry> geometries, List<ZoneDescriptor> shape, String description) {
    ZoneDescriptor last = shape.get(shape.size() - 1);
    return new DeviceGeometry(
        DeviceModel.HOST_MANAGED,
        geometries.get(0).blockSizeBytes(),
        shape.size(),
        geometries.get(0).zoneSizeBytes(),
        last.startBytes() + last.sizeBytes() - shape.get(0).startBytes(),
        maxOpenZones(geometries),
        maxActiveZones(geometries),
        geometries.stream().mapToInt(DeviceGeometry::maxAppendBytes).min().orElseThrow(),
        description);
  }

  /**
   * What a drive allows less of than a mirror of which it is to become a member.
   *
   * @return empty if it allows everything
   */
  static String lowerLimits(DeviceGeometry drive, DeviceGeometry mirror) {
    List<DeviceGeometry> alone = List.of(drive);
    if (isLower(maxOpenZones(alone), mirror.maxOpenZones())) {
      return "fewer open zones";
    }
    if (isLower(maxActiveZones(alone), mirror.maxActiveZones())) {
      return "fewer active zones";
    }
    return "";
  }

  private static boolean isLower(OptionalInt limit, OptionalInt wanted) {
    return limit.orElse(Integer.MAX_VALUE) < wanted.orElse(Integer.MAX_VALUE);
  }

  private static OptionalInt maxOpenZones(List<DeviceGeometry> geometries) {
    OptionalInt open = least(geometries, DeviceGeometry::maxOpenZones);
    OptionalInt active = maxActiveZones(geometries);
    return open.isPresent() && active.isPresent()
        ? OptionalInt.of(Math.min(open.getAsInt(), active.getAsInt()))
        : open;
  }

  /** One is left for the zone of a label, and one for the zone that is copied to a member. */
  private static OptionalInt maxActiveZones(List<DeviceGeometry> geometries) {
    OptionalInt least = least(geometries, DeviceGeometry::maxActiveZones);
    return least.isPresent()
        ? OptionalInt.of(Math.max(1, least.getAsInt() - RESERVED_ACTIVE))
        : least;
  }

  private static OptionalInt least(
      List<DeviceGeometry> geometries, Function<DeviceGeometry, OptionalInt> limit) {
    return geometries.stream().map(limit).flatMapToInt(OptionalInt::stream).min();
  }

  /** The zones of a member as the mirror numbers them. */
  static List<ZoneDescriptor> shapes(List<ZoneDescriptor> zones) {
    long start = zones.get(0).startBytes();
    return Arrays.asList(
        zones.stream()
            .map(
                zone ->
                    new ZoneDescriptor(
                        zone.index() - MirrorLabels.ZONES,
                        zone.type(),
                        zone.condition(),
                        zone.startBytes() - start,
                        zone.sizeBytes(),
                        zone.capacityBytes(),
                        zone.startBytes() - start))
            .toArray(ZoneDescriptor[]::new));
  }
}
