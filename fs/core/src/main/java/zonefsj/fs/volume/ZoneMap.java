// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.util.Arrays;
import java.util.List;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneStream;

/**
 * A picture of all zones, as the volume knows them: it asks the drive nothing. Five bytes for each
 * zone. Immutable, as long as nobody changes the arrays.
 *
 * @param geometry of the drive
 * @param capacityBytes the largest capacity of a zone
 * @param roles the names that {@link #role} counts from 0: streams and states, as in {@link
 *     ZoneView#role}
 * @param conditions the names that {@link #condition} counts from 0
 * @param fill written share of each zone's capacity, 0 to 255; only an empty zone has 0
 * @param live live share of each zone's capacity, 0 to 255; only a zone without live bytes has 0
 * @param age {@code 8 log2(1 + s)} of the seconds s since the last write of each zone, at most 254;
 *     255 if there was none since the mount
 * @param role of each zone
 * @param condition of each zone
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record ZoneMap(
    DeviceGeometry geometry,
    long capacityBytes,
    List<String> roles,
    List<String> conditions,
    byte[] fill,
    byte[] live,
    byte[] age,
    byte[] role,
    byte[] condition) {
  /** Highest number of {@link #cells}. */
  public static final int MOST_CELLS = 16_384;

  private static final int WHOLE = 255;
  private static final int UNKNOWN_AGE = 255;
  private static final double AGES_OF_A_DOUBLING = 8;

  /** Takes the picture, in one pass over the zones. */
  static ZoneMap of(DriveZones drive, long nowMillis) {
    DeviceGeometry geometry = drive.device().geometry();
    int count = geometry.zoneCount();
    ZoneMap map =
        new ZoneMap(
            geometry,
            0,
            ZoneWords.ROLES,
            ZoneWords.CONDITIONS,
            new byte[count],
            new byte[count],
            new byte[count],
            new byte[count],
            new byte[count]);
    long capacityBytes = 0;
    Arrays.fill(map.age, (byte) UNKNOWN_AGE);
    for (ZoneState zone : drive.allocator().states()) {
      if (zone.zone() < count) {
        capacityBytes = Math.max(capacityBytes, zone.capacityBytes());
        map.put(zone, drive, nowMillis);
      }
    }
    return new ZoneMap(
        geometry,
        capacityBytes,
        ZoneWords.ROLES,
        ZoneWords.CONDITIONS,
        map.fill,
        map.live,
        map.age,
        map.role,
        map.condition);
  }

  /**
   * The same picture in fewer cells, each of as many adjacent zones: with the mean of fill, live
   * and age, and of role and condition the ones of its zone with the rarest condition, so that no
   * failed zone is hidden.
   *
   * @param most number of cells at most
   */
  public ZoneMap cells(int most) {
    int zones = fill.length;
    int each = Math.max(1, (zones + most - 1) / most);
    int count = (zones + each - 1) / each;
    ZoneMap cells =
        new ZoneMap(
            geometry,
            capacityBytes,
            roles,
            conditions,
            new byte[count],
            new byte[count],
            new byte[count],
            new byte[count],
            new byte[count]);
    int[] frequency = new int[conditions.size()];
    for (byte one : condition) {
      frequency[one]++;
    }
    for (int cell = 0; cell < count; cell++) {
      int from = cell * each;
      int to = Math.min(zones, from + each);
      cells.fill[cell] = mean(fill, from, to);
      cells.live[cell] = mean(live, from, to);
      cells.age[cell] = mean(age, from, to);
      int rarest = from;
      for (int zone = from + 1; zone < to; zone++) {
        if (frequency[condition[zone]] < frequency[condition[rarest]]) {
          rarest = zone;
        }
      }
      cells.role[cell] = role[rarest];
      cells.condition[cell] = condition[rarest];
    }
    return cells;
  }

  private static byte mean(byte[] column, int from, int to) {
    long sum = 0;
    for (int at = from; at < to; at++) {
      sum += Byte.toUnsignedInt(column[at]);
    }
    return (byte) (sum == 0 ? 0 : Math.max(1, sum / (to - from)));
  }

  private void put(ZoneState zone, DriveZones drive, long nowMillis) {
    int at = zone.zone();
    ZoneStream stream = zone.stream();
    boolean isData = stream != null && stream.isData();
    long liveBytes = isData ? drive.usage().liveBytes(at) : zone.writtenBytes();
    fill[at] = share(zone.writtenBytes(), zone.capacityBytes());
    live[at] = share(liveBytes, zone.capacityBytes());
    long lastWrite = drive.usage().lastWriteMillis(at);
    if (lastWrite > 0) {
      age[at] = age(Math.max(0, nowMillis - lastWrite) / 1000.0);
    }
    role[at] = (byte) ZoneWords.roleOf(zone);
    condition[at] = (byte) ZoneWords.conditionOf(zone);
  }

  private static byte share(long part, long whole) {
    if (part <= 0 || whole <= 0) {
      return 0;
    }
    return (byte) Math.min(WHOLE, Math.max(1, Math.floorDiv(part * WHOLE, whole)));
  }

  private static byte age(double seconds) {
    double doublings = Math.log1p(seconds) / Math.log(2);
    return (byte) Math.min(UNKNOWN_AGE - 1, Math.round(AGES_OF_A_DOUBLING * doublings));
  }
}
