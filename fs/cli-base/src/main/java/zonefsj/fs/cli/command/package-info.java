// SPDX-License-Identifier: Apache-2.0
/**
 * Shared parts of all subcommands: the base class, the output streams, and the argument types.
 * Depends on no subcommand.
 *
 * <p>Invariants: the exit code is 0 for success, 1 for failure and 2 for wrong usage, except for
 * {@code fsck}. Nothing is logged unless the user asks for it.
 *
 * <p>Threading: a subcommand runs once, on one thread.
 */
@NullMarked
package zonefsj.fs.cli.command;

import org.jspecify.annotations.NullMarked;
