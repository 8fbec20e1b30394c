// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.util.Arrays;

/** The objects in which zones have bytes. Immutable. Takes 16 bytes for each piece of a zone. */
final class ObjectSet {
  /** Sorted. */
  private final long[] epochs;

  /** For each epoch, sorted. */
  private final long[][] numbers;

  ObjectSet(ZoneTable table) {
    long[] all = new long[Math.toIntExact(table.pieceCount())];
    int count = 0;
    for (ZoneRecord zone : table.used()) {
      for (int at = 0; at < zone.pieces().count(); at++) {
        all[count++] = zone.pieces().get(at).object().epoch();
      }
    }
    epochs = Arrays.stream(all).sorted().distinct().toArray();
    int[] counts = new int[epochs.length];
    for (long epoch : all) {
      counts[Arrays.binarySearch(epochs, epoch)]++;
    }
    numbers = new long[epochs.length][];
    for (int at = 0; at < epochs.length; at++) {
      numbers[at] = new long[counts[at]];
    }
    for (ZoneRecord zone : table.used()) {
      for (int at = 0; at < zone.pieces().count(); at++) {
        ObjectId id = zone.pieces().get(at).object();
        int epoch = Arrays.binarySearch(epochs, id.epoch());
        numbers[epoch][--counts[epoch]] = id.number();
      }
    }
    for (long[] some : numbers) {
      Arrays.sort(some);
    }
  }

  boolean contains(ObjectId id) {
    int epoch = Arrays.binarySearch(epochs, id.epoch());
    return epoch >= 0 && Arrays.binarySearch(numbers[epoch], id.number()) >= 0;
  }
}
