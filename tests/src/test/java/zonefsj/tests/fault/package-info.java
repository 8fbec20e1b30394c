// SPDX-License-Identifier: Apache-2.0
/**
 * Drives and hosts that fail on a live volume: what an application sees, what is kept, what is
 * said.
 *
 * <p>{@link zonefsj.tests.fault.FaultEveryTest} puts each fault at each access of a workload; the
 * others look closely at one promise each.
 *
 * <p>Invariants: a fault leaves the drive or the host in a state that is possible. Seeds are fixed
 * in tests and printed by proofs.
 *
 * <p>Threading: one thread, except in tests about waiting and in {@code WatchedCases}, which gives
 * each case a thread with a time limit.
 */
@NullMarked
package zonefsj.tests.fault;

import org.jspecify.annotations.NullMarked;
