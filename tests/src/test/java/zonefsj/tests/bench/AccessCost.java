// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * What one process found: medians of its iterations.
 *
 * @param plainNanos of an access of the drive alone
 * @param moreNanos what the wrapper adds to that
 * @param ratio of an access through the wrapper to one without
 */
record AccessCost(double plainNanos, double moreNanos, double ratio) {
  /**
   * From the nanoseconds of an access in each iteration. Two iterations that follow each other are
   * a pair: what disturbs the machine for longer disturbs both.
   */
  static AccessCost of(List<Double> iterations) {
    List<Double> plain = new ArrayList<>();
    List<Double> more = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int at = 0; at + 1 < iterations.size(); at += 2) {
      boolean isSecond = WrapperBench.isThrough(at + 1);
      double alone = iterations.get(isSecond ? at : at + 1);
      double through = iterations.get(isSecond ? at + 1 : at);
      plain.add(alone);
      more.add(through - alone);
      ratios.add(through / alone);
    }
    return new AccessCost(median(plain), median(more), median(ratios));
  }

  private static double median(List<Double> values) {
    return new Numbers(values).median();
  }
}
