// SPDX-License-Identifier: Apache-2.0
/**
 * Drives that fail on purpose, for tests of all users of a {@link zonefsj.device.ZonedDevice}:
 * {@link zonefsj.device.fault.FaultyZonedDevice} follows a {@link zonefsj.device.fault.FaultPlan},
 * which is a script or derived from a seed.
 *
 * <p>Invariants: a fault leaves the drive in a state that is possible on a real drive; the same
 * plan on the same accesses gives the same faults.
 *
 * <p>Threading: as safe as the drive below; the faults of concurrent accesses depend on their
 * order.
 */
@NullMarked
package zonefsj.device.fault;

import org.jspecify.annotations.NullMarked;
