// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import zonefsj.gc.VictimPolicy.Victim;

/** The victim policies. Each makes one pass over the candidates. */
public final class VictimPolicies {
  private VictimPolicies() {}

  /** Chooses the zone with the lowest utilization. */
  public static Optional<Victim> greedy(List<ZoneStatistics> candidates) {
    return best(candidates, zone -> 1 - zone.utilization(), "fewest live bytes");
  }

  /**
   * Chooses the zone with the best ratio of benefit to cost, {@code (1 - u) * age / (1 + u)}:
   * Rosenblum and Ousterhout, "The Design and Implementation of a Log-Structured File System",
   * 1992, section 3.5.
   */
  public static Optional<Victim> costBenefit(List<ZoneStatistics> candidates) {
    return best(
        candidates,
        zone ->
            (1 - zone.utilization()) * (1 + zone.ageMillis() / 1000.0) / (1 + zone.utilization()),
        "best benefit for its cost");
  }

  private static Optional<Victim> best(
      List<ZoneStatistics> candidates, ToDoubleFunction<ZoneStatistics> score, String why) {
    ZoneStatistics best = null;
    double bestScore = 0;
    for (ZoneStatistics zone : candidates) {
      double scored = score.applyAsDouble(zone);
      if (zone.footprintBytes() < zone.capacityBytes() && scored > bestScore) {
        best = zone;
        bestScore = scored;
      }
    }
    if (best == null) {
      return Optional.empty();
    }
    String reason = String.format("%s (%d%% live)", why, Math.round(best.utilization() * 100));
    return Optional.of(new Victim(best.zone(), reason));
  }
}
