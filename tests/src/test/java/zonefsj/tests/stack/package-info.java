// SPDX-License-Identifier: Apache-2.0
/**
 * Drives that are put together from others: random trees of them answer as a plain drive does, with
 * members that die and return, and keep after a power loss what they promise. Layers begin over
 * what a tree has already, and end by a merge into it, or by a drop.
 *
 * <p>Invariants: a seed decides about everything but the moments at which the threads of mirrors
 * work.
 *
 * <p>Threading: one thread plays; the mirrors have theirs.
 */
@NullMarked
package zonefsj.tests.stack;

import org.jspecify.annotations.NullMarked;
