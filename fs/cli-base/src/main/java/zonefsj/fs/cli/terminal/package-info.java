// SPDX-License-Identifier: Apache-2.0
/**
 * Output for the user: progress, tables, one-line errors. Does not depend on drives or mounts.
 *
 * <p>Invariants: an error is one line. No control character of a label, name or path reaches the
 * terminal. A result that cannot be written is an error.
 *
 * <p>Threading: {@link zonefsj.fs.cli.terminal.ProgressPrinter} is thread-safe; everything else is
 * stateless or used by one thread.
 */
@NullMarked
package zonefsj.fs.cli.terminal;

import org.jspecify.annotations.NullMarked;
