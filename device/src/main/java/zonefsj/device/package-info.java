// SPDX-License-Identifier: Apache-2.0
/**
 * The contract of a zoned drive, {@link zonefsj.device.ZonedDevice}, the types of zones, and the
 * common base of all wrappers.
 *
 * <p>Purpose: the filesystem reads and writes a drive only through these types; commands also
 * create and inspect drives of particular kinds. The drives are in the packages beside it: {@code
 * zonefsj.device.emulated} (memory and image files), {@code zonefsj.device.block} (real drives),
 * {@code zonefsj.device.filter} (wrappers), {@code zonefsj.device.spec} (from the text that a user
 * gives to a drive), {@code zonefsj.device.library} (for other programs). {@code
 * zonefsj.device.mounts} reads the kernel's table of mounts, which shows who uses a drive.
 *
 * <p>Invariants: positions, lengths and sizes are bytes; positions count from the start of the
 * drive unless a name says otherwise; a limit that a drive does not have is an empty {@link
 * java.util.OptionalInt}, never 0.
 *
 * <p>Threading: descriptors and geometry are immutable; a {@link zonefsj.device.ZonedDevice} is
 * safe for use by several threads.
 */
@NullMarked
package zonefsj.device;

import org.jspecify.annotations.NullMarked;
