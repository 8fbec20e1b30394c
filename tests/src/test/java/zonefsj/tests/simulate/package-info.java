// SPDX-License-Identifier: Apache-2.0
/**
 * The economy of zones without data: the allocator, the collector and its policies as they are, on
 * a drive that keeps summaries only. {@link zonefsj.tests.simulate.Simulation} overwrites blocks by
 * a {@link zonefsj.tests.simulate.Workload} and counts what the collector moves; {@link
 * zonefsj.gc.AmplificationBounds} gives what theory says; {@link
 * zonefsj.tests.simulate.SimulationTable} prints both side by side.
 *
 * <p>Invariants: a seed repeats a run, because time is the number of blocks written; after a run
 * the live bytes of each zone are those of the blocks in it.
 *
 * <p>Threading: single-threaded.
 */
@NullMarked
package zonefsj.tests.simulate;

import org.jspecify.annotations.NullMarked;
