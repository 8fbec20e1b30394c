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
   */
  record Victim(int zone, String reason) {}

  /** Picks a victim; empty if collecting any of the candidates would gain nothing. */
  Optional<Victim> choose(List<ZoneStatistics> candidates);
}
