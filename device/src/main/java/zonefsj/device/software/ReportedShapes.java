// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.software;

import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;

/**
 * The shapes that a drive has reported: types and capacities may differ from zone to zone. Takes 8
 * bytes and one bit for each zone. Immutable.
 */
public final class ReportedShapes implements ZoneShapes {
  private final DeviceGeometry geometry;
  private final BitSet conventional;
  private final long[] capacityBytes;

  /**
   * @param geometry of the drive
   * @param zones the report of all its zones
   */
  public ReportedShapes(DeviceGeometry geometry, List<ZoneDescriptor> zones) {
    this.geometry = geometry;
    this.conventional = new BitSet(zones.size());
    this.capacityBytes = new long[zones.size()];
    for (int zone = 0; zone < capacityBytes.length; zone++) {
      ZoneDescriptor reported = zones.get(zone);
      conventional.set(zone, reported.type() == ZoneType.CONVENTIONAL);
      capacityBytes[zone] = reported.capacityBytes();
    }
  }

  @Override
  public int zoneCount() {
    return capacityBytes.length;
  }

  @Override
  public long zoneSizeBytes() {
    return geometry.zoneSizeBytes();
  }

  @Override
  public boolean isConventional(int zone) {
    return conventional.get(zone);
  }

  @Override
  public long sizeOfBytes(int zone) {
    return AccessRules.zoneSizeBytes(geometry, zone);
  }

  @Override
  public long capacityOfBytes(int zone) {
    return capacityBytes[zone];
  }

  @Override
  public OptionalInt maxOpenZones() {
    return geometry.maxOpenZones();
  }

  @Override
  public OptionalInt maxActiveZones() {
    return geometry.maxActiveZones();
  }
}
