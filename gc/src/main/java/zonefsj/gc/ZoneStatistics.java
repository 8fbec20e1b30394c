package zonefsj.gc;

/**
 * What a policy may know of a zone that could be collected.
 *
 * @param zone index
 * @param placedBytes data that the zone got
 * @param liveBytes what is needed of it
 * @param ageMillis time since the last write into it
 */
public record ZoneStatistics(int zone, long placedBytes, long liveBytes, long ageMillis) {
  /** Share of the zone's data that is live, 0 to 1. */
  public double utilization() {
    return (double) liveBytes / placedBytes;
  }
}
