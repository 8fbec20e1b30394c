// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.VolumeClock;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.state.WriteActivity;
import zonefsj.gc.ExtentOwner.NoSpaceForRelocationException;
import zonefsj.gc.GarbageCollector;
import zonefsj.gc.GcSettings;
import zonefsj.gc.GcSnapshot;
import zonefsj.gc.VictimPolicies;
import zonefsj.gc.VictimPolicy;

/**
 * Lets one thread at a time drive the collector: the background thread step by step, a writer that
 * waits for room, or a user who wants it now.
 */
public final class VolumeCollector {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeCollector.class);

  /** What writers may owe before they help. */
  private static final long CREDIT_BYTES = 2 << 20;

  /** A writer helps with so many steps at most, each of a chunk or a commit. */
  private static final int MOST_STEPS = 16;

  /** Least part of the target that counts as left: writers pay at most so many times the price. */
  private static final double LEAST_ROOM = 1.0 / 8;

  private final DriveZones drive;
  private final SpaceAccount space;
  private final VolumeHealth health;
  private final GarbageCollector collector;
  private final Relocator relocator;

  /** Fair: the background thread takes it again and again. */
  private final ReentrantLock lock = new ReentrantLock(true);

  /** Bytes that the collector must have moved by now for what writers were given. */
  private final AtomicLong owedBytes = new AtomicLong();

  private volatile boolean stopping;

  public VolumeCollector(
      DriveZones drive,
      SpaceAccount space,
      VolumeHealth health,
      VolumeClock clock,
      Relocator relocator,
      WriteActivity activity,
      VolumeOptions.GcOptions options) {
    this.drive = drive;
    this.space = space;
    this.health = health;
    this.relocator = relocator;
    this.collector =
        new GarbageCollector(
            drive.device(),
            drive.filesystem(),
            drive.allocator(),
            drive.usage(),
            relocator,
            settings(options),
            clock,
            clock::elapsedMillis,
            activity::idleMillis);
  }

  private GcSettings settings(VolumeOptions.GcOptions options) {
    VictimPolicy background =
        switch (options.policy()) {
          case AUTO, COST_BENEFIT -> VictimPolicies::costBenefit;
          case GREEDY -> VictimPolicies::greedy;
        };
    VictimPolicy urgent =
        switch (options.policy()) {
          case AUTO, GREEDY -> VictimPolicies::greedy;
          case COST_BENEFIT -> VictimPolicies::costBenefit;
        };
    int zones = drive.device().geometry().zoneCount();
    return new GcSettings(
        background,
        urgent,
        Math.max(2, zones * options.startPercent() / 100),
        Math.max(1, zones * options.urgentPercent() / 100),
        options.bytesPerSecond(),
        options.idleDelay().toMillis());
  }

  public void configure(VolumeOptions.GcOptions options) {
    collector.settings(settings(options));
  }

  public GcSnapshot snapshot() {
    return collector.snapshot();
  }

  /** One step of the background thread; false if there is nothing to do. */
  public boolean doWork() throws IOException {
    lock.lock();
    try {
      return collector.doWork();
    } catch (NoSpaceForRelocationException none) {
      abandon(none);
      return false;
    } finally {
      lock.unlock();
    }
  }

  private void abandon(NoSpaceForRelocationException none) throws IOException {
    collector.abandon(none);
    relocator.commitRelocations();
  }

  /**
   * Frees a zone for a writer that waits.
   *
   * @param committer commits what is pending, if nothing can be freed without
   * @return false if nothing can be freed
   */
  public boolean makeRoom(Committer committer) throws InterruptedException {
    if (health.isPaused()) {
      // Its records would be too many for the index or the journal.
      return false;
    }
    lock.lockInterruptibly();
    try {
      if (collectOne()) {
        return true;
      }
      // What is dead since the last commit can be freed only after the next.
      committer.commit();
      return collectOne();
    } catch (IOException failed) {
      LOG.error("the collector failed while a writer waited for room", failed);
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Frees a zone if one can be freed without a commit of what is pending. */
  public boolean collect() {
    lock.lock();
    try {
      if (collectOneOrFail()) {
        return true;
      }
      // A zone that was to come before all others may have found no room: now they have their turn.
      return collectOneOrFail();
    } finally {
      lock.unlock();
    }
  }

  private boolean collectOneOrFail() {
    try {
      return collectOne();
    } catch (IOException failed) {
      LOG.error("the collector failed while a commit waited for room", failed);
      return false;
    }
  }

  private boolean collectOne() throws IOException {
    try {
      return collector.collectOne();
    } catch (NoSpaceForRelocationException none) {
      abandon(none);
      return false;
    }
  }

  /**
   * Makes a writer help the collector when room is short, so that it meets a slope and no cliff.
   * Room for one byte costs the collector {@link GarbageCollector#bytesMovedPerByteFreed} bytes to
   * move; the writer pays that much, and more in proportion to what is missing to the urgent mark,
   * so that room grows again up to there. Then nobody waits for a whole victim, however large zones
   * are.
   */
  public void throttle(long bytes) throws InterruptedException {
    double room = space.roomIn(collector.settings().urgentZones());
    if (room >= 1 || health.isPaused()) {
      return;
    }
    double price = collector.bytesMovedPerByteFreed() / Math.max(LEAST_ROOM, room);
    long moved = collector.bytesCopied();
    // What one call is not made to pay is forgiven: it must not slow those that come later, when
    // there is room again.
    long most = moved + CREDIT_BYTES + MOST_STEPS * GarbageCollector.STEP_BYTES;
    long owed =
        owedBytes.updateAndGet(
            before -> Math.min(most, Math.max(before, moved) + (long) (bytes * price)));
    for (int step = 0; step < MOST_STEPS && owed - collector.bytesCopied() > CREDIT_BYTES; step++) {
      if (!help()) {
        return;
      }
    }
  }

  private boolean help() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      return collector.doWork();
    } catch (IOException failed) {
      // The background thread meets it, too, and reports it.
      LOG.debug("a writer could not help the collector", failed);
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Frees what a crash left of journal and data that nothing names. */
  public void resetEmptied() {
    lock.lock();
    try {
      collector.resetEmptied();
    } finally {
      lock.unlock();
    }
  }

  /** Empties the zones that are dying, or keep an active slot that others need. */
  public void evacuate() throws IOException {
    lock.lock();
    try {
      collector.evacuatePriorityZones();
    } catch (NoSpaceForRelocationException none) {
      abandon(none);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends what users asked for after its step, and begins no more of it. What a commit needs is
   * collected still.
   */
  public void stop() {
    stopping = true;
    collector.stop();
    // The step may still be at work.
    lock.lock();
    try {
      LOG.debug("the collector has stopped");
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() throws IOException {
    if (stopping) {
      throw new IOException("the collection stops: the filesystem is being unmounted");
    }
    if (health.isPaused()) {
      throw new IOException("the collection stops: " + health.readOnlyReason());
    }
  }

  /**
   * Collects every zone that is worth it.
   *
   * @param committer commits what is pending, first
   * @throws IOException also if the volume is closed meanwhile: it goes on after the next mount
   */
  public void collectAll(Committer committer, ProgressListener progress) throws IOException {
    int limit;
    lock.lock();
    try {
      checkOpen();
      committer.commit();
      // Bounded by what is worth it now: what is moved may look no better than what it came from.
      limit = collector.countWhenShort() + 1;
    } finally {
      lock.unlock();
    }
    for (int done = 0; done < limit; done++) {
      lock.lock();
      try {
        checkOpen();
        if (!collector.collectOneWhenShort()) {
          checkOpen();
          return;
        }
      } catch (NoSpaceForRelocationException none) {
        abandon(none);
        return;
      } finally {
        lock.unlock();
      }
      progress.progress("collecting zones", done + 1L, Math.max(done + 1L, limit - 1L));
    }
  }
}
