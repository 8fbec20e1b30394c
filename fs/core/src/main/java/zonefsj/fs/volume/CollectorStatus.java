// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.util.List;
import zonefsj.gc.UpdateSkew;
import zonefsj.gc.VictimReport;

/**
 * The collector, and what it works on.
 *
 * @param state idle, working, urgent, or priority: a zone that must be emptied whatever is free
 * @param bytesMoved live bytes that it moved since the mount
 * @param zonesReset zones that were reset since the mount
 * @param utilization live share of the space that file data may take, with summaries; 0 to 1
 * @param amplificationBound what theory says of uniform random overwrites at this utilization, see
 *     {@link zonefsj.gc.AmplificationBounds#uniform}; 0 if it says nothing
 * @param skew how unevenly overwrites are spread over the data since the mount
 * @param skewedBound what theory says of overwrites with this skew; as {@code amplificationBound}
 *     without one
 * @param fill written data zones by their live share: from 0, from 10 %, … from 90 %
 * @param lastVictims the newest victims, newest last
 */
public record CollectorStatus(
    String state,
    long bytesMoved,
    long zonesReset,
    double utilization,
    double amplificationBound,
    UpdateSkew skew,
    double skewedBound,
    List<Fill> fill,
    List<VictimReport> lastVictims) {
  /** Number of classes of {@link #fill}. */
  public static final int FILL_CLASSES = 10;

  /**
   * Zones with about the same live share.
   *
   * @param zones how many
   * @param meanAgeSeconds mean time since their last write; 0 if there are none
   */
  public record Fill(int zones, long meanAgeSeconds) {}
}
