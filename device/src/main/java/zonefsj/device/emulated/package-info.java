// SPDX-License-Identifier: Apache-2.0
/**
 * Emulated host-managed drives: in memory ({@link zonefsj.device.emulated.RamZonedDevice}) and in
 * one image file ({@link zonefsj.device.emulated.ImageZonedDevice}).
 *
 * <p>Purpose: to be as strict as the strictest real drive, so that every program that runs here
 * runs on real drives. {@code zonefsj.device.software} has the rules; the storages here keep bytes
 * and states in memory or in a file.
 */
@NullMarked
package zonefsj.device.emulated;

import org.jspecify.annotations.NullMarked;
