// SPDX-License-Identifier: Apache-2.0
/**
 * Emulated host-managed drives: in memory ({@link zonefsj.device.emulated.RamZonedDevice}) and in
 * one image file ({@link zonefsj.device.emulated.ImageZonedDevice}).
 *
 * <p>Purpose: to be as strict as the strictest real drive, so that whatever runs here runs there.
 * One class ({@code ZoneStateMachine}) knows the conditions of zones and their limits, as NVMe ZNS
 * defines them; one ({@link zonefsj.device.emulated.EmulatedZonedDevice}) turns calls into steps of
 * it; a storage seam ({@code ZoneStorage}) holds bytes.
 *
 * <p>Invariants: a refused call changes nothing; bytes become visible only with the write pointer
 * that covers them; what lies beyond it reads as zeros, and nothing of before a reset is ever read.
 *
 * <p>Threading: one monitor per zone for what changes it; reads take no monitor; the limits of open
 * and active zones are counted in a short critical section that does no input or output.
 */
@NullMarked
package zonefsj.device.emulated;

import org.jspecify.annotations.NullMarked;
