// SPDX-License-Identifier: Apache-2.0
/**
 * Measures the speed of a drive when several zones are written or read at once: {@link
 * zonefsj.fs.cli.bench.BenchPlan} chooses zones and refuses impossible requests, {@link
 * zonefsj.fs.cli.bench.ZoneBench} measures, {@link zonefsj.fs.cli.bench.BenchText} formats the
 * result.
 *
 * <p>Invariants: a plan is complete before anything changes; no more zones are opened than the
 * drive allows.
 *
 * <p>Threading: one thread for each zone during a measurement; everything else is immutable or
 * single-threaded.
 */
@NullMarked
package zonefsj.fs.cli.bench;

import org.jspecify.annotations.NullMarked;
