// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.fault;

import java.util.Optional;
import zonefsj.device.filter.DeviceOperation;

/**
 * Decides which access fails, and how. {@link FaultScript} follows a test, {@link SeededFaults} a
 * seed. Must be thread-safe and fast.
 */
@FunctionalInterface
public interface FaultPlan {
  /**
   * Called once for each access, before it.
   *
   * @param operation kind of access
   * @param zone the zone where it begins, or -1 for a flush
   * @param ordinal number of the access among those of its kind, from 1
   */
  Optional<Fault> faultFor(DeviceOperation operation, int zone, long ordinal);
}
