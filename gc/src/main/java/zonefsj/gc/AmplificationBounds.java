// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

/**
 * What theory says about write amplification: bytes written for each byte of a user, without
 * metadata. Pure functions.
 */
public final class AmplificationBounds {
  private static final int HALVINGS = 200;

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
    double low = 0;
    double high = 1;
    for (int halving = 0; halving < HALVINGS; halving++) {
      double middle = (low + high) / 2;
      // Grows with the live share of a victim, from 0 to 1.
      double needed = middle == 0 ? 0 : (middle - 1) / Math.log(middle);
      if (needed < utilization) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return 1 / (1 - low);
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
    for (int third = 0; third < HALVINGS; third++) {
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
