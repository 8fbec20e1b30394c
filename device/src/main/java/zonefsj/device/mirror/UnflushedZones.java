// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Zones with a change that no flush has covered. A change is noted before it begins and after it
 * has ended, so that a flush in between does not cover it. Takes a bit for each zone, and one more
 * for each flush under way. Thread-safe.
 */
final class UnflushedZones {
  private final int zones;

  /** Changed since the last flush began. */
  private volatile ZoneBits changed;

  /** What flushes under way cover. Guarded by this. */
  private final List<ZoneBits> flushing = new ArrayList<>();

  UnflushedZones(int zones) {
    this.zones = zones;
    this.changed = new ZoneBits(zones, false);
  }

  /** Notes a change. */
  void note(int zone) {
    ZoneBits now = changed;
    while (true) {
      if (!now.get(zone)) {
        now.set(zone, true);
      }
      ZoneBits after = changed;
      if (after == now) {
        return;
      }
      now = after;
    }
  }

  /** Begins a flush; returns what it covers if it succeeds. */
  synchronized ZoneBits begin() {
    ZoneBits covered = changed;
    flushing.add(covered);
    changed = new ZoneBits(zones, false);
    return covered;
  }

  /** Ends a flush. What one that failed was to cover counts as changed. */
  synchronized void end(ZoneBits covered, boolean succeeded) {
    if (!succeeded) {
      changed.setAll(covered.toBitSet());
    }
    flushing.remove(covered);
  }

  /** The zones at this moment. */
  synchronized BitSet toBitSet() {
    BitSet all = changed.toBitSet();
    flushing.forEach(bits -> all.or(bits.toBitSet()));
    return all;
  }
}
