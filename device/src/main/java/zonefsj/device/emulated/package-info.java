// SPDX-License-Identifier: Apache-2.0
/**
 * Emulated host-managed drives: in memory ({@link zonefsj.device.emulated.RamZonedDevice}) and in
 * one image file ({@link zonefsj.device.emulated.ImageZonedDevice}).
 *
 * <p>Purpose: to be as strict as the strictest real drive, so that every program that runs here
 * runs on real drives. {@code ZoneStateMachine} implements the conditions of zones and their
 * limits, as NVMe ZNS defines them; {@link zonefsj.device.emulated.EmulatedZonedDevice} translates
 * calls to its steps; {@code ZoneStorage} is the interface to the stored bytes.
 *
 * <p>Invariants: a refused call changes nothing; bytes become visible only with the write pointer
 * that covers them; bytes beyond it read as zeros, and bytes from before a reset are never read.
 *
 * <p>Threading: one monitor for each zone guards its changes; reads take no monitor; the limits of
 * open and active zones are counted in a short critical section without I/O.
 */
@NullMarked
package zonefsj.device.emulated;

import org.jspecify.annotations.NullMarked;
