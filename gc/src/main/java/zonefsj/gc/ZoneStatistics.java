// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

/**
 * The facts about a candidate on which a victim policy decides.
 *
 * @param zone index
 * @param capacityBytes data that the zone can hold
 * @param footprintBytes live bytes with their overhead of summaries and alignment
 * @param ageMillis time since the last write to it
 * @param updateRate how often its data are replaced or deleted, relative to the mean of all live
 *     data; more than 0
 */
public record ZoneStatistics(
    int zone, long capacityBytes, long footprintBytes, long ageMillis, double updateRate) {
  /** Share of the zone that is live, 0 to 1. */
  public double utilization() {
    return (double) footprintBytes / capacityBytes;
  }
}
