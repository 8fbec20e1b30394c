// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Numbers the sequences of operations: all of one, all of two, and those of three by chance. */
final class Sequences {
  /** Prime, so that steps of this length reach every number. */
  private static final long STRIDE = 7_919;

  private final Catalogue catalogue = new Catalogue();

  /** How many have one operation. */
  long ofOne() {
    return catalogue.size();
  }

  /** How many have one or two. */
  long count() {
    return ofOne() * (ofOne() + 1);
  }

  /**
   * A sequence of one or two.
   *
   * @param number the first {@link #ofOne} numbers have one operation
   */
  List<Step> get(long number) {
    List<Step> steps = new ArrayList<>();
    if (number >= ofOne()) {
      steps.addAll(catalogue.get((int) (number / ofOne()) - 1));
    }
    steps.addAll(catalogue.get((int) (number % ofOne())));
    return steps;
  }

  /** A number by its place in an order that mixes them all. */
  long mixed(long place) {
    return Math.floorMod(place * STRIDE, count());
  }

  /** A sequence of three. */
  List<Step> ofThree(SplittableRandom random) {
    List<Step> steps = new ArrayList<>();
    for (int number = 0; number < 3; number++) {
      steps.addAll(catalogue.get(random.nextInt(catalogue.size())));
    }
    return steps;
  }
}
