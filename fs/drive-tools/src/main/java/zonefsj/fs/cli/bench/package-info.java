// SPDX-License-Identifier: Apache-2.0
/**
 * How fast a drive is when several zones are written or read at once: {@link
 * zonefsj.fs.cli.bench.BenchPlan} chooses zones and refuses what cannot be, {@link
 * zonefsj.fs.cli.bench.ZoneBench} measures, {@link zonefsj.fs.cli.bench.BenchText} shows.
 *
 * <p>Invariants: a plan is made before anything is changed; no more zones are opened than the drive
 * allows.
 *
 * <p>Threading: one thread for each zone while it is measured; everything else is immutable or for
 * one thread.
 */
@NullMarked
package zonefsj.fs.cli.bench;

import org.jspecify.annotations.NullMarked;
