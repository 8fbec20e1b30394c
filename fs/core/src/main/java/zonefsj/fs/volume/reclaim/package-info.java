// SPDX-License-Identifier: Apache-2.0
/**
 * The filesystem's side of garbage collection: finds the live extents of a zone, verifies and moves
 * them, and runs the collector of {@code zonefsj.gc} for the background thread, for writers that
 * pay or wait for room, for commits and for commands.
 *
 * <p>Invariants: data are verified before they are moved; damage never gets a new checksum. A
 * relocation takes effect only if the extent is unchanged. A zone counts as empty only after a
 * durable record.
 *
 * <p>Threading: one thread at a time performs a step of the collector, by the lock of {@code
 * VolumeCollector}.
 */
@NullMarked
package zonefsj.fs.volume.reclaim;

import org.jspecify.annotations.NullMarked;
