// SPDX-License-Identifier: Apache-2.0
/**
 * Drives that fail on purpose, for tests of whatever runs on a {@link zonefsj.device.ZonedDevice}:
 * {@link zonefsj.device.fault.FaultyZonedDevice} does what a {@link zonefsj.device.fault.FaultPlan}
 * says, which is a script or drawn from a seed.
 *
 * <p>Invariants: a fault leaves the drive in a state that a real one could be in; the same plan on
 * the same accesses gives the same faults.
 *
 * <p>Threading: as safe as the drive below; the faults of accesses that run at the same time depend
 * on their order.
 */
@NullMarked
package zonefsj.device.fault;

import org.jspecify.annotations.NullMarked;
