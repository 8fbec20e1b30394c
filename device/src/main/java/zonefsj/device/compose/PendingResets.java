// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Zones that were reset on several drives, until that is durable on all of them. Such a zone must
 * not be written before: if one drive lost the reset and another one kept what was written after
 * it, old and new bytes would lie side by side.
 *
 * <p>Takes some 50 bytes for each such zone. Thread-safe.
 */
public final class PendingResets {
  /** Number of the last reset of each zone. */
  private final Map<Integer, Long> resets = new ConcurrentHashMap<>();

  private final AtomicLong next = new AtomicLong();

  /** Remembers that a zone was reset: called after that. */
  public void note(int zone) {
    resets.put(zone, next.incrementAndGet());
  }

  /** Makes the reset of a zone durable, if it is not yet: called before the zone is changed. */
  public void await(int zone, PartThreads.Access flush) throws IOException {
    if (!resets.isEmpty() && resets.containsKey(zone)) {
      flush(flush);
    }
  }

  /** Flushes all drives, and forgets the resets that this has made durable. */
  public void flush(PartThreads.Access flush) throws IOException {
    Map<Integer, Long> covered = Map.copyOf(resets);
    flush.run();
    covered.forEach(resets::remove);
  }
}
