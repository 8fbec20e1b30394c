// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import zonefsj.fs.volume.state.VolumeHealth;

/**
 * Collects on the background thread whenever the collector finds something to do, and leaves the
 * drive to applications between two steps. One thread performs the steps; any thread asks.
 */
public final class CollectionInBackground {
  /**
   * Limit of the pause that the background thread makes after a step for applications that read.
   */
  private static final long MOST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1000);

  private final VolumeCollector collector;
  private final VolumeHealth health;
  private final LongSupplier applicationReads;

  private volatile boolean isWorking;
  private volatile long pauseNanos;

  /**
   * @param applicationReads changes when a read of an application that needs the drive begins or
   *     ends
   */
  public CollectionInBackground(
      VolumeCollector collector, VolumeHealth health, LongSupplier applicationReads) {
    this.collector = collector;
    this.health = health;
    this.applicationReads = applicationReads;
  }

  /** Performs one step of the background thread; false if there is nothing to do. */
  public boolean doWork() throws IOException {
    return collector.runExclusively(this::step);
  }

  private boolean step() throws IOException {
    boolean works = false;
    long reads = applicationReads.getAsLong();
    long beginNanos = System.nanoTime();
    try {
      // A freeze waits for the step that it finds, and no other one begins.
      works = !health.isQuiet() && collector.step();
      return works;
    } finally {
      boolean mayPause =
          works
              && applicationReads.getAsLong() != reads
              && !collector.hasPriorityVictim()
              && collector.freeRoom() >= 1;
      pauseNanos = mayPause ? Math.min(MOST_PAUSE_NANOS, System.nanoTime() - beginNanos) : 0;
      isWorking = works;
    }
  }

  /** Whether the background thread has just performed a step, and goes on with the next. */
  boolean isWorking() {
    return isWorking;
  }

  /**
   * How long the background thread waits before its next step, in nanoseconds. If applications have
   * read from the drive during a step, it leaves the drive to them for as long, at most a second,
   * unless a zone has failed, or free space is below the urgent mark: then writers would wait
   * instead.
   */
  public long pauseNanos() {
    return pauseNanos;
  }
}
