// SPDX-License-Identifier: Apache-2.0
/**
 * Where log lines go. A command logs nothing unless the user asks for it. A daemon logs to its own
 * file, which is rolled over.
 *
 * <p>Invariants: the target is set before the first logger is created. A daemon keeps the current
 * log and at most three older ones.
 *
 * <p>Threading: one thread sets the target; logging itself is thread-safe.
 */
@NullMarked
package zonefsj.fs.cli.logging;

import org.jspecify.annotations.NullMarked;
