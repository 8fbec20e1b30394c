// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

/** Ranks the zones that can be collected: the one with the highest score is the next victim. */
public interface VictimPolicy {
  /**
   * Scores a zone; a pure function.
   *
   * @param zone a candidate whose live data take less than its capacity
   * @return more than 0; higher is better
   */
  double score(ZoneStatistics zone);

  /** Its name, as in the mount option {@code gc_policy}. */
  String label();
}
