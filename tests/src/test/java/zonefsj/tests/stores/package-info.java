// SPDX-License-Identifier: Apache-2.0
/**
 * Drives on stores of objects: they keep what they promise on a store that does no more than it
 * must, and an owner whose place was taken changes nothing any more.
 *
 * <p>Invariants: a seed decides about everything.
 *
 * <p>Threading: one thread plays at a time; where two owners are compared, they take turns.
 */
@NullMarked
package zonefsj.tests.stores;

import org.jspecify.annotations.NullMarked;
