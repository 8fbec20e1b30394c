// SPDX-License-Identifier: Apache-2.0
/**
 * Wrappers of drives: {@link zonefsj.device.filter.ValidatingZonedDevice} checks the contract,
 * {@link zonefsj.device.filter.TracingZonedDevice} counts and logs. The wrapper that injects faults
 * is in the test kit, package {@code zonefsj.device.fault}.
 *
 * <p>Invariants: a wrapper fulfils the whole contract of {@link zonefsj.device.ZonedDevice} and may
 * be wrapped again; it owns the drive that it wraps.
 *
 * <p>Threading: as safe as the drive below; no wrapper makes accesses wait for each other.
 */
@NullMarked
package zonefsj.device.filter;

import org.jspecify.annotations.NullMarked;
