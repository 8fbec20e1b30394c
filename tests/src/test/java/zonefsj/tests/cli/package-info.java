// SPDX-License-Identifier: Apache-2.0
/**
 * The command line: what it accepts, what it refuses and with which words, how a command and a
 * daemon understand each other, and, on a real mount, that the promises about mounting and
 * unmounting hold.
 */
@NullMarked
package zonefsj.tests.cli;

import org.jspecify.annotations.NullMarked;
