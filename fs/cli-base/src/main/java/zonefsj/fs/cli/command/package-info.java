// SPDX-License-Identifier: Apache-2.0
/**
 * What all subcommands share: their base class, where they print, and the types of their arguments.
 * Knows no subcommand.
 *
 * <p>Threading: a subcommand runs on one thread, once.
 */
@NullMarked
package zonefsj.fs.cli.command;

import org.jspecify.annotations.NullMarked;
