// SPDX-License-Identifier: Apache-2.0
/**
 * A drive that takes its time: to try a program on a slow drive without having one.
 *
 * <p>Invariants: an access is delayed, and otherwise goes to the drive below unchanged; a model
 * depends on the accesses alone.
 *
 * <p>Threading: as the drive below; accesses of a drive with one head wait for each other.
 */
@NullMarked
package zonefsj.device.delay;

import org.jspecify.annotations.NullMarked;
