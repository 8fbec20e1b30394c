// SPDX-License-Identifier: Apache-2.0
/**
 * Real zoned block devices, in a guest with a kernel of its own.
 *
 * <p>Classes whose names end with {@code InGuest} are tests that run inside the guest, started by
 * {@link zonefsj.tests.guest.GuestMain} with JUnit's launcher; the build leaves them out. {@link
 * zonefsj.tests.guest.GuestTest} and {@link zonefsj.tests.guest.GuestProof} run on the host and
 * start the guest by {@code tests/guest}.
 *
 * <p>Invariants: a run counts what it tried, and too few are a failure. Nothing that a guest writes
 * is kept except in its shared directory.
 *
 * <p>Threading: one guest has one JVM, in which tests follow each other; drives are shared by them.
 */
@NullMarked
package zonefsj.tests.guest;

import org.jspecify.annotations.NullMarked;
