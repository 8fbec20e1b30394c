// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

/**
 * What theory says about write amplification: bytes written for each byte of a user, without
 * metadata. Pure functions, each within 50 µs.
 */
public final class AmplificationBounds {
  /** Needed only as utilization nears 1, where both roots meet; ten are usual. */
  private static final int NEWTON_STEPS = 100;

  /** Leaves an interval of 2e-9; the cost is flat around its minimum. */
  private static final int THIRDS = 50;

  private AmplificationBounds() {}

  /**
   * Write amplification of uniform random overwrites, collected in the order of writing, which is
   * the limit of greedy collection for large zones: a zone is collected when its live share has
   * fallen to {@code u}, where {@code utilization = (u - 1) / ln u}, and costs {@code 1 / (1 - u)}.
   * Menon, "A performance comparison of RAID-5 and log-structured arrays", 1995; Desnoyers,
   * "Analytic modeling of SSD write performance", 2012.
   *
   * @param utilization live share of the space that data may take, above 0 and below 1
   */
  public static double uniform(double utilization) {
    // Newton's method for u - 1 - utilization ln u, which is convex and has another root at 1. From
    // where it is positive, left of the one that is sought, the steps never pass that one.
    double live = Math.exp(-1 / utilization);
    for (int step = 0; step < NEWTON_STEPS && live > 0; step++) {
      double next = live - (live - 1 - utilization * Math.log(live)) / (1 - utilization / live);
      if (!(next > live)) {
        break;
      }
      live = next;
    }
    return 1 / (1 - Math.min(live, Math.nextDown(1.0)));
  }

  /**
   * Write amplification if hot and cold data have pools of zones of their own, each overwritten
   * uniformly, and share the spare space as is best for both together.
   *
   * @param utilization live share of the space that data may take
   * @param hotWrites share of the writes that go to hot data
   * @param hotData share of the data that is hot
   */
  public static double splitPools(double utilization, double hotWrites, double hotData) {
    double low = 0;
    double high = 1;
    // The cost has one minimum: each pool's cost is convex in its spare space.
    for (int third = 0; third < THIRDS; third++) {
      double first = low + (high - low) / 3;
      double second = high - (high - low) / 3;
      if (pools(utilization, hotWrites, hotData, first)
          < pools(utilization, hotWrites, hotData, second)) {
        high = second;
      } else {
        low = first;
      }
    }
    return pools(utilization, hotWrites, hotData, (low + high) / 2);
  }

  private static double pools(
      double utilization, double hotWrites, double hotData, double hotSpare) {
    double spare = 1 - utilization;
    double hot = hotData * utilization;
    double cold = (1 - hotData) * utilization;
    return hotWrites * uniform(hot / (hot + hotSpare * spare))
        + (1 - hotWrites) * uniform(cold / (cold + (1 - hotSpare) * spare));
  }
}
