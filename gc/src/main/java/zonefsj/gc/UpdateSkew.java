// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

/**
 * How unevenly overwrites are spread over the live data, as far as zones show it: data are hot if
 * their zone changes faster than the mean. Of all cuts into hot and cold data this one shows the
 * largest difference of the two shares (Hoover, "The measurement of industrial localization",
 * 1936). Zones that hold both make it look smaller than it is.
 *
 * @param hotData share of the live data that is hot, 0 to 1
 * @param hotWrites share of the overwrites that go to it, 0 to 1; never less than {@code hotData}
 */
public record UpdateSkew(double hotData, double hotWrites) {
  /** Overwrites that hit all data alike. */
  public static final UpdateSkew NONE = new UpdateSkew(0, 0);

  /** With less the estimates of single zones may be the cause. */
  private static final double LEAST_DIFFERENCE = 0.1;

  /** Whether the estimates say more than that all data change about as often. */
  public boolean isEvident() {
    return hotWrites - hotData >= LEAST_DIFFERENCE;
  }

  /**
   * Write amplification in theory, if hot and cold data have zones of their own.
   *
   * @param utilization live share of the space that data may take, above 0 and below 1
   * @see AmplificationBounds#splitPools
   */
  public double bound(double utilization) {
    return isEvident()
        ? AmplificationBounds.splitPools(utilization, hotWrites, hotData)
        : AmplificationBounds.uniform(utilization);
  }

  /** Adds zones up. Used by one thread. */
  public static final class Sum {
    private double bytes;
    private double updates;
    private double hotBytes;
    private double hotUpdates;

    /**
     * Adds a zone.
     *
     * @param liveBytes live bytes in it
     * @param updateRate how often they change, 1 for the mean of all data
     */
    public void add(long liveBytes, double updateRate) {
      bytes += liveBytes;
      updates += liveBytes * updateRate;
      if (updateRate > 1) {
        hotBytes += liveBytes;
        hotUpdates += liveBytes * updateRate;
      }
    }

    /** The skew of the zones added so far. */
    public UpdateSkew estimate() {
      if (hotBytes == 0 || hotBytes == bytes) {
        return NONE;
      }
      // The rates of zones are estimates, whose mean is only about 1.
      double data = hotBytes / bytes;
      return new UpdateSkew(data, Math.max(data, hotUpdates / updates));
    }
  }
}
