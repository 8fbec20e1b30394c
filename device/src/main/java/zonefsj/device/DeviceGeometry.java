// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.util.OptionalInt;

/**
 * The facts of a drive that do not change while it is open.
 *
 * @param model zone model
 * @param blockSizeBytes logical block size; every position and length of an access is a multiple
 * @param zoneCount number of zones
 * @param zoneSizeBytes distance between the starts of two zones; a power of two is not required
 * @param capacityBytes size of the whole drive; the last zone may be shorter than the others
 * @param maxOpenZones how many zones may be open at once; empty: no limit
 * @param maxActiveZones how many zones may be open or closed at once; empty: no limit
 * @param maxAppendBytes the longest single {@link ZonedDevice#append}
 * @param description one short text for messages: make, path or kind
 */
public record DeviceGeometry(
    DeviceModel model,
    int blockSizeBytes,
    int zoneCount,
    long zoneSizeBytes,
    long capacityBytes,
    OptionalInt maxOpenZones,
    OptionalInt maxActiveZones,
    int maxAppendBytes,
    String description) {

  /** The zone that holds a position. */
  public int zoneOf(long positionBytes) {
    return Math.toIntExact(positionBytes / zoneSizeBytes);
  }

  /** Position of the first byte of a zone. */
  public long zoneStartBytes(int zone) {
    return zone * zoneSizeBytes;
  }
}
