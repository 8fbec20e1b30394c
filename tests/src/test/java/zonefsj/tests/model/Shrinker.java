// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Makes a failing sequence short: leaves pieces out as long as it still fails, large ones first
 * (delta debugging, Zeller and Hildebrandt 2002, without the search for the complement of subsets).
 */
final class Shrinker {
  private static final int MOST_TRIES = 3000;

  private Shrinker() {}

  /**
   * A subsequence that still fails and of which no single step can be left out (within the limit of
   * tries).
   *
   * @param fails true for the whole sequence
   */
  static <T> List<T> shrink(List<T> sequence, Predicate<List<T>> fails) {
    List<T> current = sequence;
    int tries = 0;
    int piece = Math.max(1, current.size() / 2);
    while (piece >= 1) {
      boolean removed = false;
      for (int start = 0; start < current.size() && tries < MOST_TRIES; ) {
        List<T> shorter = new ArrayList<>(current.subList(0, start));
        shorter.addAll(current.subList(Math.min(current.size(), start + piece), current.size()));
        tries++;
        if (fails.test(shorter)) {
          current = shorter;
          removed = true;
        } else {
          start += piece;
        }
      }
      if (tries >= MOST_TRIES || (piece == 1 && !removed)) {
        return current;
      }
      piece = removed && piece == 1 ? 1 : piece / 2;
      piece = Math.max(1, piece);
    }
    return current;
  }
}
