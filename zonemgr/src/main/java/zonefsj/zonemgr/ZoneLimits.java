// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

/**
 * Limits of the zones that are written at the same time, besides those of the drive. Both limit
 * only: what the drive does not allow stays impossible.
 *
 * @param activeZones how many zones may be active, at least {@link ZoneAllocator#minActiveZones}
 * @param dataStreams how many zones take file data, from {@value #LEAST_DATA_STREAMS} (written and
 *     moved data) to {@value #MOST_DATA_STREAMS} (both divided by their update rate); 3 divides the
 *     written data only
 */
public record ZoneLimits(int activeZones, int dataStreams) {
  /**
   * Written and moved data never share a zone: the collector must be able to work without writers.
   */
  public static final int LEAST_DATA_STREAMS = 2;

  /** No more streams are distinguished. */
  public static final int MOST_DATA_STREAMS = 4;

  /** What the drive allows. */
  public static final ZoneLimits DEFAULT = new ZoneLimits(Integer.MAX_VALUE, MOST_DATA_STREAMS);
}
