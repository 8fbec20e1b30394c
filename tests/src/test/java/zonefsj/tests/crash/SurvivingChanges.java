// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.util.SplittableRandom;

/**
 * What of the changes that no flush covered is on the drive after a crash.
 *
 * @param kind none, all, or some by chance
 * @param seed decides by chance
 */
record SurvivingChanges(Kind kind, long seed) {
  /** How much survives. */
  enum Kind {
    /** Nothing that no flush covered. */
    NONE,
    /** Everything that returned before the cut. */
    ALL,
    /** By zone, a prefix of what was sent to it, torn at any block. */
    SOME
  }

  static final SurvivingChanges NONE = new SurvivingChanges(Kind.NONE, 0);
  static final SurvivingChanges ALL = new SurvivingChanges(Kind.ALL, 0);

  static SurvivingChanges some(long seed) {
    return new SurvivingChanges(Kind.SOME, seed);
  }

  SplittableRandom random() {
    return new SplittableRandom(seed);
  }
}
