// SPDX-License-Identifier: Apache-2.0
/**
 * The command {@code zonefs-j}: one class for each subcommand, except those of {@code
 * zonefsj.fs.cli.drive} and {@code zonefsj.fs.cli.bench}, and their shared parts. A command parses
 * arguments, checks them, calls other modules and prints the result. {@link zonefsj.fs.volume} does
 * the work on a drive that is not mounted, the daemon behind the control socket on a mounted one.
 *
 * <p>Most commands take a tenth of a second, so start-up time matters: only the class of the
 * requested command is loaded, and logging is set up only when something is logged.
 *
 * <p>Invariants: a command checks its arguments before it changes anything. An error is one line on
 * standard error.
 *
 * <p>Threading: a command runs on the main thread.
 */
@NullMarked
package zonefsj.fs.cli;

import org.jspecify.annotations.NullMarked;
