// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the next flush has to put into the log: zones that may differ from it, and pieces that no
 * zone has any more. Thread-safe. Takes some 40 bytes for each zone, and 4 for each piece.
 *
 * <p>Objects are deleted after the entry that gives them up. So a zone is noted as changed after it
 * has given pieces up, and before those are added here; and a flush takes the pieces before it
 * looks at the zones.
 */
final class ZoneChanges {
  private final Set<Integer> zones = ConcurrentHashMap.newKeySet();
  private final AtomicLong count = new AtomicLong();

  /** Guarded by its own monitor. */
  private final List<Piece> given = new ArrayList<>();

  /** Number of changes so far; what a flush has to cover. */
  long count() {
    return count.get();
  }

  /** A zone is about to change: whoever looks for memory finds it. */
  void announce(int zone) {
    zones.add(zone);
  }

  /** A zone has changed. */
  void note(int zone) {
    zones.add(zone);
    count.incrementAndGet();
  }

  /** As below. */
  void giveUp(int zone, Pieces pieces) {
    note(zone);
    synchronized (given) {
      pieces.forEach(given::add);
    }
  }

  /** Pieces are in a zone no more; called after that. */
  void giveUp(int zone, Collection<Piece> pieces) {
    note(zone);
    synchronized (given) {
      given.addAll(pieces);
    }
  }

  /** Zones that may differ from the log; they may change meanwhile. */
  Iterable<Integer> zones() {
    return zones;
  }

  /**
   * What a flush writes.
   *
   * @param zones that may differ from the log
   * @param given pieces that are in no zone any more
   */
  record Taken(List<Integer> zones, List<Piece> given) {}

  /** Takes everything out. */
  Taken take() {
    List<Piece> pieces;
    synchronized (given) {
      pieces = List.copyOf(given);
      given.clear();
    }
    List<Integer> changed = List.copyOf(zones);
    zones.removeAll(changed);
    return new Taken(changed, pieces);
  }

  /** The flush has failed. */
  void putBack(Taken taken) {
    zones.addAll(taken.zones());
    synchronized (given) {
      given.addAll(taken.given());
    }
  }
}
