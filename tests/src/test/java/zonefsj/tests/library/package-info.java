// SPDX-License-Identifier: Apache-2.0
/**
 * The examples of {@code LIBRARY.md}: each runs here, and the page shows exactly what runs.
 *
 * <p>Invariants: the page shows each example as it runs, and no other Java.
 *
 * <p>Threading: one thread, except in the example of parallel writes.
 */
@NullMarked
package zonefsj.tests.library;

import org.jspecify.annotations.NullMarked;
