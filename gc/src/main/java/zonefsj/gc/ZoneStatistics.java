// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

/**
 * What a policy may know of a zone that could be collected.
 *
 * @param zone index
 * @param capacityBytes what the zone can hold
 * @param liveBytes what is needed of it, with what that takes besides data
 * @param ageMillis time since the last write into it
 */
public record ZoneStatistics(int zone, long capacityBytes, long liveBytes, long ageMillis) {
  /** Share of the zone that is live, 0 to 1. */
  public double utilization() {
    return (double) liveBytes / capacityBytes;
  }
}
