// SPDX-License-Identifier: Apache-2.0
/**
 * Shared parts of all subcommands: the base class, the output streams, and the argument types.
 * Depends on no subcommand.
 *
 * <p>Threading: a subcommand runs once, on one thread.
 */
@NullMarked
package zonefsj.fs.cli.command;

import org.jspecify.annotations.NullMarked;
