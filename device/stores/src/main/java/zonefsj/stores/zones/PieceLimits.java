// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import zonefsj.device.emulated.EmulatedGeometry;

/**
 * How many pieces the zones of a drive have at most, so that the memory of a mount and an entry of
 * the log suffice. Merging any neighbours that fit one object leaves at most two pieces for each
 * object of full length, so these limits can always be kept.
 *
 * @param ofZone pieces of one zone
 * @param ofDrive pieces of all zones
 */
record PieceLimits(int ofZone, long ofDrive) {
  /** Pieces for each object of full length. */
  private static final int SPARE = 4;

  /** Usual number of pieces of small flushes in a zone, before they are merged. */
  static final int SMALL = 512;

  /** As many zones may have so many small ones at the same time. */
  private static final int ZONES_WITH_SMALL = 128;

  /** So much of an entry of the log may one zone take. */
  private static final int MOST_RECORD_BYTES = 480 << 10;

  /** A piece in the zones, and in the log, until a flush makes them the same. */
  private static final int BYTES = 64;

  /** What a process can spare for them. */
  private static final int HEAP_SHARE = 4;

  /**
   * The limits of a drive.
   *
   * @param small number of pieces of small flushes in a zone
   */
  static PieceLimits of(EmulatedGeometry geometry, long objectBytes, int small) {
    long objects = objectsOfZone(geometry, objectBytes);
    return new PieceLimits(
        Math.toIntExact(SPARE * objects + small),
        SPARE * objects * geometry.zoneCount() + (long) ZONES_WITH_SMALL * small);
  }

  private static long objectsOfZone(EmulatedGeometry geometry, long objectBytes) {
    return (geometry.zoneCapacityBytes() + objectBytes - 1) / objectBytes;
  }

  /**
   * Checks that what the log says fits into the memory of this process. That is so for every drive
   * that was written under these limits, if the process has the memory that {@link #heapBytes}
   * says; commands may have less, and a log may have been made up.
   *
   * @throws StoreFormatException in words
   */
  void requireMemory(ZoneTable table) throws StoreFormatException {
    long most = Runtime.getRuntime().maxMemory() / HEAP_SHARE / (BYTES / 2);
    if (table.pieceCount() > Math.max(most, 2 * ofDrive)) {
      throw new StoreFormatException(
          "the zones of the drive have more than "
              + table.pieceCount()
              + " pieces; ZONEFSJ_JAVA_OPTS=-Xmx... gives them more memory");
    }
  }

  /** Java heap that the pieces take. */
  long heapBytes() {
    return ofDrive * BYTES;
  }

  /**
   * Checks the zones of a drive that is to be made.
   *
   * @throws StoreFormatException if an entry of the log would be too long
   */
  static void requireFit(EmulatedGeometry geometry, long objectBytes) throws StoreFormatException {
    long most = (MOST_RECORD_BYTES / Piece.BYTES - SMALL) / SPARE;
    if (objectsOfZone(geometry, objectBytes) > most) {
      throw new StoreFormatException(
          "a zone of a drive on this store has at most "
              + ((most * objectBytes) >> 20)
              + " MiB; give it less capacity");
    }
  }
}
