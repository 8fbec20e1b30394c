// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.util.OptionalInt;
import zonefsj.device.ByteSize;
import zonefsj.device.emulated.EmulatedGeometry;

/**
 * An emulated drive and how it is formatted.
 *
 * @param zones how many
 * @param zoneSizeBytes distance between two of them
 * @param zoneCapacityBytes how much of one can be written
 * @param blockSizeBytes block size
 * @param conventional how many zones at the front are conventional
 * @param maxActive limit of active zones; 0 for none
 * @param journalCopies 1 or 2
 * @param shortZoneBytes size of one more zone behind them, shorter than they are; 0 for none
 */
record SoakShape(
    int zones,
    long zoneSizeBytes,
    long zoneCapacityBytes,
    int blockSizeBytes,
    int conventional,
    int maxActive,
    int journalCopies,
    long shortZoneBytes) {

  /** Zones that are full to their size, with what the command takes where nothing is said. */
  static SoakShape plain(int zones, long zoneSizeBytes) {
    return new SoakShape(
        zones,
        zoneSizeBytes,
        zoneSizeBytes,
        EmulatedGeometry.DEFAULT_BLOCK_SIZE_BYTES,
        0,
        EmulatedGeometry.DEFAULT_MAX_ACTIVE_ZONES,
        1,
        0);
  }

  /** A name like {@code 256x2M}, or {@code 256x2M+64K} with a short last zone. */
  static SoakShape parse(String text) {
    int cross = text.indexOf('x');
    int plus = text.indexOf('+');
    int end = plus < 0 ? text.length() : plus;
    SoakShape plain =
        plain(
            Integer.parseInt(text.substring(0, cross)),
            ByteSize.parse(text.substring(cross + 1, end)));
    return plus < 0 ? plain : plain.withShortZone(ByteSize.parse(text.substring(plus + 1)));
  }

  /** The same with a short zone behind the others. */
  SoakShape withShortZone(long bytes) {
    return new SoakShape(
        zones,
        zoneSizeBytes,
        zoneCapacityBytes,
        blockSizeBytes,
        conventional,
        maxActive,
        journalCopies,
        bytes);
  }

  /** How many there are, with the short one. */
  int allZones() {
    return zones + (shortZoneBytes > 0 ? 1 : 0);
  }

  EmulatedGeometry geometry() {
    OptionalInt limit = maxActive == 0 ? OptionalInt.empty() : OptionalInt.of(maxActive);
    OptionalInt open =
        maxActive == 0
            ? OptionalInt.empty()
            : OptionalInt.of(Math.min(maxActive, EmulatedGeometry.DEFAULT_MAX_OPEN_ZONES));
    return EmulatedGeometry.builder(sizeBytes())
        .zoneSizeBytes(zoneSizeBytes)
        .zoneCapacityBytes(zoneCapacityBytes)
        .blockSizeBytes(blockSizeBytes)
        .conventionalZones(conventional)
        .maxOpenZones(open)
        .maxActiveZones(limit)
        .build();
  }

  long sizeBytes() {
    return zones * zoneSizeBytes + shortZoneBytes;
  }

  /** What can be written to all zones together but the short one. */
  long capacityBytes() {
    return conventional * zoneSizeBytes + (zones - conventional) * zoneCapacityBytes;
  }

  /** In words. */
  String describe() {
    return zones
        + " zones of "
        + ByteSize.format(zoneSizeBytes)
        + (zoneCapacityBytes == zoneSizeBytes
            ? ""
            : " (capacity " + ByteSize.format(zoneCapacityBytes) + ")")
        + ", blocks of "
        + blockSizeBytes
        + ", "
        + conventional
        + " conventional, "
        + (maxActive == 0 ? "any number" : Integer.toString(maxActive))
        + " active, journal copies "
        + journalCopies
        + (shortZoneBytes > 0 ? ", and one of " + ByteSize.format(shortZoneBytes) : "");
  }
}
