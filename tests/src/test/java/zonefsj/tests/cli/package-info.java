// SPDX-License-Identifier: Apache-2.0
/**
 * The command line: what it accepts, what it refuses and with which words, how a command and a
 * daemon understand each other, and, on a real mount, that the promises about mounting and
 * unmounting hold.
 *
 * <p>Invariants: a command runs in a process of its own with its own directories on the host. What
 * a test leaves mounted is unmounted after it.
 *
 * <p>Threading: one thread runs the commands of a test.
 */
@NullMarked
package zonefsj.tests.cli;

import org.jspecify.annotations.NullMarked;
