// SPDX-License-Identifier: Apache-2.0
/**
 * Real programs on a real mount, through the real command line.
 *
 * <p>{@link zonefsj.tests.programs.Installation} lays out the scripts and the classes under test as
 * {@code mount-scripts/install} does; {@link zonefsj.tests.programs.Sandbox} is one drive with its
 * mount, its index, its log and its daemon, all below a temporary directory, and takes them away
 * whatever has happened.
 *
 * <p>Invariants: everything runs in child processes with a timeout, below a temporary directory
 * that is removed whatever happened. A missing program fails the test; none is skipped.
 *
 * <p>Threading: one thread for each test; programs and daemons are processes of their own.
 */
@NullMarked
package zonefsj.tests.programs;

import org.jspecify.annotations.NullMarked;
