// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.util.List;
import java.util.Optional;

/** A pure function from the state of the zones to the next victim. */
@FunctionalInterface
public interface VictimPolicy {
  /**
   * A victim.
   *
   * @param zone index of the victim
   * @param reason in a few words, for status
   * @param hasPriority whether it must be emptied before all others, at any cost
   */
  record Victim(int zone, String reason, boolean hasPriority) {
    /** A victim chosen by its cost and benefit. */
    public Victim(int zone, String reason) {
      this(zone, reason, false);
    }
  }

  /** Chooses a victim; empty if no candidate would free anything. */
  Optional<Victim> choose(List<ZoneStatistics> candidates);
}
