// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.util.OptionalInt;

/**
 * The properties of a drive that do not change while it is open.
 *
 * @param model zone model
 * @param blockSizeBytes logical block size; every position and length of an access is a multiple
 * @param zoneCount number of zones
 * @param zoneSizeBytes distance between the starts of two zones; a power of two is not required
 * @param capacityBytes size of the whole drive; the last zone may be shorter than the others
 * @param maxOpenZones limit of open zones; empty: no limit
 * @param maxActiveZones limit of active zones (open or closed); empty: no limit
 * @param maxAppendBytes the longest single {@link ZonedDevice#append}
 * @param description short text for messages: make, path or kind
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

  /** The same with another text for messages. */
  public DeviceGeometry withDescription(String other) {
    return new DeviceGeometry(
        model,
        blockSizeBytes,
        zoneCount,
        zoneSizeBytes,
        capacityBytes,
        maxOpenZones,
        maxActiveZones,
        maxAppendBytes,
        other);
  }

  /** The zone that contains a position. */
  public int zoneOf(long positionBytes) {
    // Without a division, which takes 30 ns on many processors: each access asks several times.
    boolean shifts = positionBytes >= 0 && (zoneSizeBytes & (zoneSizeBytes - 1)) == 0;
    return Math.toIntExact(
        shifts
            ? positionBytes >> Long.numberOfTrailingZeros(zoneSizeBytes)
            : positionBytes / zoneSizeBytes);
  }

  /** Position of the first byte of a zone. */
  public long zoneStartBytes(int zone) {
    return zone * zoneSizeBytes;
  }
}
