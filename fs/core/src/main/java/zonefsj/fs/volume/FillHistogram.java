// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.util.ArrayList;
import java.util.List;

/** Counts zones by their live share. Single-threaded. */
final class FillHistogram {
  private static final int CLASSES = CollectorStatus.FILL_CLASSES;
  private static final int MILLIS_PER_SECOND = 1000;

  private final long nowMillis;
  private final int[] zones = new int[CLASSES];
  private final long[] ageMillis = new long[CLASSES];

  /**
   * @param nowMillis the time from which ages count
   */
  FillHistogram(long nowMillis) {
    this.nowMillis = nowMillis;
  }

  /**
   * Counts a zone.
   *
   * @param liveShare 0 to 1; more counts as 1
   * @param writtenMillis time of the last write to it
   */
  void add(double liveShare, long writtenMillis) {
    int fill = Math.max(0, Math.min(CLASSES - 1, (int) (liveShare * CLASSES)));
    zones[fill]++;
    ageMillis[fill] += Math.max(0, nowMillis - writtenMillis);
  }

  /** The classes, ascending. */
  List<CollectorStatus.Fill> classes() {
    List<CollectorStatus.Fill> classes = new ArrayList<>();
    for (int fill = 0; fill < CLASSES; fill++) {
      long age = zones[fill] == 0 ? 0 : ageMillis[fill] / zones[fill] / MILLIS_PER_SECOND;
      classes.add(new CollectorStatus.Fill(zones[fill], age));
    }
    return classes;
  }
}
