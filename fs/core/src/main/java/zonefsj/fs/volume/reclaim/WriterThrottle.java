// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.gc.GarbageCollector;

/**
 * Makes writers pay for room when it is short, with time or with steps of the collector, so that
 * they are granted no more than the collector frees. Thread-safe.
 */
public final class WriterThrottle {
  private static final Logger LOG = LoggerFactory.getLogger(WriterThrottle.class);

  /** Bytes that writers may owe before they help. */
  private static final long CREDIT_BYTES = 2 << 20;

  /** How long a writer that helps waits for another thread's step. */
  private static final long LONGEST_WAIT_MILLIS = 100;

  /** Limit of the collector steps in one call of a writer, each a chunk or a commit. */
  private static final int MOST_STEPS = 16;

  /** A writer begins no other step after this time, whatever its steps have moved. */
  private static final long HELP_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** Lower limit of the room's share of the target, which limits what writers pay. */
  private static final double LEAST_ROOM = 1.0 / 8;

  private final VolumeCollector collector;
  private final CollectionInBackground inBackground;
  private final VolumeHealth health;

  /** Bytes that the collector must have moved by now in return for what writers were granted. */
  private final AtomicLong owedBytes = new AtomicLong();

  public WriterThrottle(
      VolumeCollector collector, CollectionInBackground inBackground, VolumeHealth health) {
    this.collector = collector;
    this.inBackground = inBackground;
    this.health = health;
  }

  /** Whether {@link #throttle} slows a writer down now. */
  public boolean throttles() {
    return throttles(collector.freeRoom());
  }

  private boolean throttles(double room) {
    return room < 1 && !health.isQuiet();
  }

  /**
   * Slows a writer down when room is short. Room for one byte costs the collector {@link
   * GarbageCollector#bytesMovedPerByteFreed} moved bytes. The writer pays that price, and more in
   * proportion to the shortage below the urgent mark, so that room grows up to the mark again. It
   * pays with time while the background thread collects; what time did not pay, it moves itself. No
   * writer waits for a whole victim, however large zones are.
   */
  public void throttle(long bytes) throws InterruptedException {
    double room = collector.freeRoom();
    if (!throttles(room)) {
      return;
    }
    double cost = bytes * collector.bytesMovedPerByteFreed() / Math.max(LEAST_ROOM, room);
    long moved = collector.bytesMoved();
    // A debt beyond the limit of one call is cancelled: it must not slow later writers when there
    // is room again.
    long most = moved + CREDIT_BYTES + MOST_STEPS * GarbageCollector.STEP_BYTES;
    long owed =
        owedBytes.updateAndGet(before -> Math.min(most, Math.max(before, moved) + (long) cost));
    if (inBackground.isWorking()) {
      // The debt corrects the measured rate.
      double share = (owed - moved) / (double) CREDIT_BYTES;
      TimeUnit.NANOSECONDS.sleep(
          collector.pace().nanosToWait(bytes, cost * (1 + share), System.nanoTime()));
    }
    help(owed);
  }

  /** Moves what is owed beyond the credit, within the limits of one call. */
  private void help(long owed) throws InterruptedException {
    long reset = collector.zonesReset();
    long beginNanos = System.nanoTime();
    for (int step = 0; step < MOST_STEPS && owed - collector.bytesMoved() > CREDIT_BYTES; step++) {
      if (System.nanoTime() - beginNanos > HELP_NANOS) {
        return;
      }
      // A step that resets zones makes room without a debt, and takes as long as several others.
      if (!helpOnce() || collector.zonesReset() > reset) {
        return;
      }
    }
  }

  /** Performs a step, or waits a while for the step of another thread; false: nothing to do. */
  private boolean helpOnce() throws InterruptedException {
    try {
      return collector.stepWithin(LONGEST_WAIT_MILLIS);
    } catch (IOException failed) {
      // The background thread fails, too, and reports it.
      LOG.debug("a writer could not help the collector", failed);
      return false;
    }
  }
}
