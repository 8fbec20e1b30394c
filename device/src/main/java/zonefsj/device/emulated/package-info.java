// SPDX-License-Identifier: Apache-2.0
/**
 * Emulated host-managed drives: in memory ({@link zonefsj.device.emulated.RamZonedDevice}) and in
 * one image file ({@link zonefsj.device.emulated.ImageZonedDevice}).
 *
 * <p>Purpose: to be as strict as the strictest real drive, so that every program that runs here
 * runs on real drives. {@code zonefsj.device.software} has the rules; the storages keep bytes and
 * states in memory, or in a file as {@code zonefsj.device.zonefile} does.
 *
 * <p>Invariants: those of {@code zonefsj.device.software}; every check of an image comes before the
 * first write to it.
 *
 * <p>Threading: drives as {@code zonefsj.device.software}; other classes are stateless or
 * immutable.
 */
@NullMarked
package zonefsj.device.emulated;

import org.jspecify.annotations.NullMarked;
