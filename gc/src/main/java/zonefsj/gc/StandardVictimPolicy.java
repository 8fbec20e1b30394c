// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

/** The victim policies. In their formulas {@code u} is the utilization of a zone, 0 to 1. */
public enum StandardVictimPolicy implements VictimPolicy {
  /** Prefers the zone with the fewest live data. */
  GREEDY("greedy") {
    @Override
    public double score(ZoneStatistics zone) {
      return 1 - zone.utilization();
    }
  },

  /**
   * Prefers the best ratio of benefit to cost, {@code (1 - u) * age / (1 + u)}: Rosenblum and
   * Ousterhout, "The Design and Implementation of a Log-Structured File System", 1992, section 3.5.
   * A zone that was written in the future, because the clock was set back, has no age.
   */
  COST_BENEFIT("cost-benefit") {
    @Override
    public double score(ZoneStatistics zone) {
      double ageSeconds = Math.max(0, zone.ageMillis()) / 1000.0;
      return (1 - zone.utilization()) * (1 + ageSeconds) / (1 + zone.utilization());
    }
  },

  /**
   * Minimum declining cost. Prefers the zone whose cost declines slowest, because waiting gains
   * least there. A freed byte costs {@code u / (1 - u)} moved bytes. Data that die at the rate
   * {@code r} let {@code u} fall by {@code r * u}, and the cost by {@code r * u / (1 - u)^2}; the
   * score is the inverse of that. Lomet and Luo, "Efficiently Reclaiming Space in a Log Structured
   * Store", 2021, have the principle. If all zones have the same rate, this is the greedy policy.
   * The rate counts up to a limit, because data that were hot may not change any more.
   */
  MDC("mdc") {
    @Override
    public double score(ZoneStatistics zone) {
      double dead = 1 - zone.utilization();
      double rate = Math.min(MOST_RATE, zone.updateRate());
      return dead * dead / (rate * Math.max(LEAST_UTILIZATION, zone.utilization()));
    }
  };

  /** Utilization of a zone that is as good as empty: no formula divides by 0. */
  private static final double LEAST_UTILIZATION = 1e-9;

  private static final double MOST_RATE = 8;

  private final String label;

  StandardVictimPolicy(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
