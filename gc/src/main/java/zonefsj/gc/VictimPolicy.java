// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.util.List;
import java.util.Optional;

/** A pure function from the state of the zones to the next victim. */
@FunctionalInterface
public interface VictimPolicy {
  /**
   * A choice.
   *
   * @param zone index of the victim
   * @param reason in a few words, for status
   * @param hasPriority whether it is to be emptied before all others, whatever that costs
   */
  record Victim(int zone, String reason, boolean hasPriority) {
    /** One that is chosen for what it costs and gains. */
    public Victim(int zone, String reason) {
      this(zone, reason, false);
    }
  }

  /** Picks a victim; empty if collecting any of the candidates would gain nothing. */
  Optional<Victim> choose(List<ZoneStatistics> candidates);
}
