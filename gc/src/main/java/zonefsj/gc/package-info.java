// SPDX-License-Identifier: Apache-2.0
/**
 * The garbage collector: it chooses a victim, lets the owner move the live data, and resets the
 * zone.
 *
 * <p>Invariants: a zone is reset only when nothing in it is live or pending, the batches that
 * emptied it are durable, and no reader pins it; damage is never copied with a new checksum,
 * because the owner verifies what it moves.
 *
 * <p>Threading: one thread at a time steps {@link zonefsj.gc.GarbageCollector}; any thread may call
 * its observers. The collector knows neither the journal nor the filesystem: both are behind {@link
 * zonefsj.gc.ExtentOwner}.
 */
@NullMarked
package zonefsj.gc;

import org.jspecify.annotations.NullMarked;
