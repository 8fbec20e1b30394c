// SPDX-License-Identifier: Apache-2.0
/**
 * Servers of Ozone for proofs, in a process of their own: their libraries are older or newer than
 * those of the client that is proven.
 *
 * <p>Invariants: the process ends when its standard input does, so it never outlives a proof.
 *
 * <p>Threading: commands are carried out one after the other.
 */
@NullMarked
package zonefsj.tests.ozone;

import org.jspecify.annotations.NullMarked;
