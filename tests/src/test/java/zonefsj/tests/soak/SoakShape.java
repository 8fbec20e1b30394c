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
 */
record SoakShape(
    int zones,
    long zoneSizeBytes,
    long zoneCapacityBytes,
    int blockSizeBytes,
    int conventional,
    int maxActive,
    int journalCopies) {

  /** Zones that are full to their size, with what the command takes where nothing is said. */
  static SoakShape plain(int zones, long zoneSizeBytes) {
    return new SoakShape(
        zones,
        zoneSizeBytes,
        zoneSizeBytes,
        EmulatedGeometry.DEFAULT_BLOCK_SIZE_BYTES,
        0,
        EmulatedGeometry.DEFAULT_MAX_ACTIVE_ZONES,
        1);
  }

  /** A name like {@code 256x2M}. */
  static SoakShape parse(String text) {
    int cross = text.indexOf('x');
    return plain(
        Integer.parseInt(text.substring(0, cross)), ByteSize.parse(text.substring(cross + 1)));
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
    return zones * zoneSizeBytes;
  }

  /** What can be written to all zones together. */
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
        + journalCopies;
  }
}
