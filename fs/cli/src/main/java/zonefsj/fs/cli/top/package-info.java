// SPDX-License-Identifier: Apache-2.0
/**
 * The live view of a mount in a terminal: {@code zonefs-j top}.
 *
 * <p>Invariants: it only asks, and changes nothing of the mount; at its end, the terminal is as
 * before.
 *
 * <p>Threading: one thread.
 */
@NullMarked
package zonefsj.fs.cli.top;

import org.jspecify.annotations.NullMarked;
