// SPDX-License-Identifier: Apache-2.0
/**
 * Drives and hosts that fail on a live volume: what an application sees, what is kept, what is
 * said.
 *
 * <p>{@link zonefsj.tests.fault.FaultEveryTest} puts each fault at each access of a workload; the
 * others look closely at one promise each. All on one thread, all from fixed seeds.
 */
@NullMarked
package zonefsj.tests.fault;

import org.jspecify.annotations.NullMarked;
