// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.fault;

import java.util.Optional;
import zonefsj.device.filter.DeviceOperation;

/**
 * Decides which access goes wrong, and how. {@link FaultScript} does what a test says, {@link
 * SeededFaults} what a seed says. Must be thread-safe and fast.
 */
@FunctionalInterface
public interface FaultPlan {
  /**
   * Asked once for each access, before it.
   *
   * @param operation kind of access
   * @param zone the zone where it begins, or -1 for a flush
   * @param ordinal the how-manieth access of this kind it is, from 1
   */
  Optional<Fault> faultFor(DeviceOperation operation, int zone, long ordinal);
}
