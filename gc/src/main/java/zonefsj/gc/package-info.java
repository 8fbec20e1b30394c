// SPDX-License-Identifier: Apache-2.0
/**
 * The collector: picks a victim zone, has its live data moved by their owner, resets the zone.
 *
 * <p>Invariants: a zone is reset only when nothing live or pending is in it, the batches that
 * emptied it are durable, and no reader pins it; damage is never copied under a fresh checksum,
 * because the owner verifies what it moves.
 *
 * <p>Threading: {@link zonefsj.gc.GarbageCollector} is stepped by one thread; its observers may be
 * called from any. It knows neither the journal nor the filesystem: both stand behind {@link
 * zonefsj.gc.ExtentOwner}.
 */
@NullMarked
package zonefsj.gc;

import org.jspecify.annotations.NullMarked;
