// SPDX-License-Identifier: Apache-2.0
/**
 * What a zoned drive is: the contract {@link zonefsj.device.ZonedDevice}, the words of zones, and
 * the one base of all wrappers.
 *
 * <p>Purpose: everything above this module sees a drive only through these types. The drives
 * themselves live beside it: {@code zonefsj.device.emulated} (memory and image files), {@code
 * zonefsj.device.block} (real drives), {@code zonefsj.device.filter} (wrappers), {@code
 * zonefsj.device.spec} (from the text that a user gives to a drive), {@code zonefsj.device.library}
 * (what other programs use).
 *
 * <p>Invariants: positions, lengths and sizes are bytes; positions are counted from the start of
 * the drive unless a name says otherwise; a limit that a drive does not have is an empty {@link
 * java.util.OptionalInt}, never 0.
 *
 * <p>Threading: descriptors and geometry are immutable; a {@link zonefsj.device.ZonedDevice} is
 * safe for use by several threads.
 */
@NullMarked
package zonefsj.device;

import org.jspecify.annotations.NullMarked;
