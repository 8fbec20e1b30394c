// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * What a layer on a drive must remember of its zones, and the record that makes it durable.
 *
 * <p>Threading: any thread reads and changes rows without waiting; who saves them waits for others
 * that do.
 */
final class LayerRows {
  private static final int HIDDEN = 1;
  private static final int STALE = 2;

  private final LayerLabels labels;
  private final AtomicIntegerArray rows;

  /** Whether a row was changed since the last record was begun. */
  private final AtomicBoolean changed = new AtomicBoolean();

  private volatile MergeStage stage;
  private volatile int spareOf;

  /** Guarded by this object. */
  private LayerRecord latest;

  LayerRows(LayerLabels labels, LayerRecord latest) {
    this.labels = labels;
    this.latest = latest;
    this.stage = latest.stage();
    this.spareOf = latest.spareOf();
    this.rows = new AtomicIntegerArray(latest.zones());
    for (int zone = 0; zone < latest.zones(); zone++) {
      rows.setPlain(
          zone, (latest.hidden().get(zone) ? HIDDEN : 0) | (latest.stale().get(zone) ? STALE : 0));
    }
  }

  /** Whether the drive below has nothing to give of a zone any more. */
  boolean isHidden(int zone) {
    return (rows.get(zone) & HIDDEN) != 0;
  }

  /** Whether what the layer's drive has of a zone is of before a reset. */
  boolean isStale(int zone) {
    return (rows.get(zone) & STALE) != 0;
  }

  MergeStage stage() {
    return stage;
  }

  /** The zone whose first bytes are in the spare zone. */
  int spareOf() {
    return spareOf;
  }

  /**
   * Hides what the drive below has of a zone.
   *
   * @param stale whether the layer's drive has bytes of the zone, too
   */
  void hide(int zone, boolean stale) {
    rows.getAndUpdate(zone, row -> row | HIDDEN | (stale ? STALE : 0));
    changed.set(true);
  }

  /** The layer's drive has durably forgotten what it had of a zone. */
  void forgotten(int zone) {
    if (isStale(zone)) {
      rows.getAndUpdate(zone, row -> row & ~STALE);
      changed.set(true);
    }
  }

  void setStage(MergeStage next) {
    stage = next;
    changed.set(true);
  }

  void setSpareOf(int zone) {
    spareOf = zone;
    changed.set(true);
  }

  /**
   * Writes a record if something has changed: after an end of the process it is there, after a
   * power failure only if a flush has followed.
   */
  synchronized void save() throws IOException {
    if (!changed.getAndSet(false)) {
      return;
    }
    boolean saved = false;
    try {
      // Also if it fails: one label may have it, and no other record has its number.
      latest = next();
      labels.write(latest);
      saved = true;
    } finally {
      if (!saved) {
        changed.set(true);
      }
    }
  }

  /** Makes both labels whole, with the rows of now, durably. */
  synchronized void renew() throws IOException {
    changed.set(false);
    latest = next();
    labels.renew(latest);
  }

  private LayerRecord next() {
    BitSet hidden = new BitSet();
    BitSet stale = new BitSet();
    for (int zone = 0; zone < rows.length(); zone++) {
      hidden.set(zone, isHidden(zone));
      stale.set(zone, isStale(zone));
    }
    return latest.next(stage, spareOf, hidden, stale);
  }
}
