// SPDX-License-Identifier: Apache-2.0
/**
 * The command {@code zonefs-j}: one class for each subcommand, and what they share. A command
 * parses, checks, calls, prints; the work is done elsewhere: in {@link zonefsj.fs.volume} on a
 * drive that is not mounted, by the daemon behind its control socket on one that is.
 *
 * <p>Most commands live for a tenth of a second, so start-up counts: only the command that was
 * asked for is loaded, and no logging is set up before something is logged.
 *
 * <p>Threading: a command runs on the main thread.
 */
@NullMarked
package zonefsj.fs.cli;

import org.jspecify.annotations.NullMarked;
