// SPDX-License-Identifier: Apache-2.0
/**
 * Zones in software: the common part of emulated drives and of drives that are put together from
 * others.
 *
 * <p>{@link zonefsj.device.software.ZoneStateMachine} implements the conditions of zones and their
 * limits, as NVMe ZNS defines them; {@link zonefsj.device.software.SoftwareZonedDevice} translates
 * calls to its steps; {@link zonefsj.device.software.ZoneStorage} is the interface to the stored
 * bytes.
 *
 * <p>Invariants: a refused call changes nothing; bytes become visible only with the write pointer
 * that covers them; bytes beyond it read as zeros, and bytes from before a reset are never read.
 *
 * <p>Threading: one lock for each zone guards its changes; reads take no lock; the limits of open
 * and active zones are counted in a short critical section without I/O.
 */
@NullMarked
package zonefsj.device.software;

import org.jspecify.annotations.NullMarked;
