// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions.GcOptions;
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
 * Lets one thread at a time run the collector: the background thread step by step, a writer that
 * waits for room, or a user command.
 */
public final class VolumeCollector {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeCollector.class);

  /** Bytes that writers may owe before they help. */
  private static final long CREDIT_BYTES = 2 << 20;

  /** How long a writer that helps waits for another thread's step. */
  private static final long LONGEST_WAIT_MILLIS = 100;

  /** Limit of the collector steps in one call of a writer, each a chunk or a commit. */
  private static final int MOST_STEPS = 16;

  /**
   * Zones that a mount resets, more than the next mount takes if this one crashes; and zones that
   * file data must be able to take before a mount leaves the other resets to its collector.
   */
  private static final int ZONES_FOR_MOUNT = 64;

  /** Lower limit of the room's share of the target, which limits what writers pay. */
  private static final double LEAST_ROOM = 1.0 / 8;

  private final DriveZones drive;
  private final SpaceAccount space;
  private final VolumeHealth health;
  private final GarbageCollector collector;
  private final Relocator relocator;

  /** Fair, because the background thread takes it repeatedly. */
  private final ReentrantLock lock = new ReentrantLock(true);

  /** Bytes that the collector must have moved by now in return for what writers were granted. */
  private final AtomicLong owedBytes = new AtomicLong();

  private volatile boolean stopping;

  public VolumeCollector(
      DriveZones drive,
      SpaceAccount space,
      VolumeHealth health,
      VolumeClock clock,
      Relocator relocator,
      WriteActivity activity,
      GcOptions options) {
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
            activity::idleMillis,
            space::spareZones);
  }

  private GcSettings settings(GcOptions options) {
    VictimPolicy policy =
        switch (options.policy()) {
          case AUTO, MDC -> VictimPolicies::minimumDecliningCost;
          case COST_BENEFIT -> VictimPolicies::costBenefit;
          case GREEDY -> VictimPolicies::greedy;
        };
    DeviceGeometry geometry = drive.device().geometry();
    int start =
        options.startPercent() == GcOptions.AUTOMATIC
            ? GcSettings.automaticStartZones(geometry.zoneCount(), geometry.zoneSizeBytes())
            : percentOf(geometry.zoneCount(), options.startPercent());
    int urgent =
        options.urgentPercent() == GcOptions.AUTOMATIC
            ? start / 2
            : percentOf(geometry.zoneCount(), options.urgentPercent());
    return new GcSettings(
        policy,
        options.startPercent() == GcOptions.AUTOMATIC,
        Math.max(2, Math.max(start, urgent)),
        Math.max(1, urgent),
        options.bytesPerSecond(),
        options.idleDelay().toMillis());
  }

  private static int percentOf(int zones, int percent) {
    return (int) ((long) zones * percent / 100);
  }

  /** Changes the settings of the running collector. Any thread. */
  public void configure(GcOptions options) {
    collector.settings(settings(options));
  }

  /** The state of the collector at this instant. Any thread. */
  public GcSnapshot snapshot() {
    return collector.snapshot();
  }

  /** Runs one step of the background thread; false if there is nothing to do. */
  public boolean doWork() throws IOException {
    lock.lock();
    try {
      return doStep();
    } finally {
      lock.unlock();
    }
  }

  private boolean doStep() throws IOException {
    try {
      return collector.doWork();
    } catch (NoSpaceForRelocationException none) {
      abandon(none);
      return false;
    }
  }

  private void abandon(NoSpaceForRelocationException none) throws IOException {
    collector.abandon(none);
    relocator.commitRelocations();
  }

  /**
   * Frees a zone for a writer that waits.
   *
   * @param committer commits pending batches, if no zone can be freed without that
   * @return false if nothing can be freed
   */
  public boolean makeRoom(Committer committer) throws InterruptedException {
    if (health.isPaused()) {
      // Its records would be too many for the index or the journal.
      return false;
    }
    if (space.mostRoomWaits()) {
      // Their commit empties zones, and its data take room in memory until then.
      commitFor(committer);
    }
    lock.lockInterruptibly();
    try {
      if (collectOne()) {
        return true;
      }
      // Zones that became dead since the last commit can be freed only after the next.
      committer.commit();
      return collectOne();
    } catch (IOException failed) {
      LOG.error("the collector failed while a writer waited for room", failed);
      return false;
    } finally {
      lock.unlock();
    }
  }

  private static void commitFor(Committer committer) {
    try {
      committer.commit();
    } catch (IOException failed) {
      LOG.debug("the commit for room failed; the writer will hear of it", failed);
    }
  }

  /** Frees a zone if that is possible without a commit of a pending batch. */
  public boolean collect() {
    lock.lock();
    try {
      if (collectOneOrFail()) {
        return true;
      }
      // A zone with priority may have found no room; now the others have their turn.
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
   * Makes a writer help the collector when room is short, so that it slows down gradually. Room for
   * one byte costs the collector {@link GarbageCollector#bytesMovedPerByteFreed} moved bytes. The
   * writer pays that price, and more in proportion to the shortage below the urgent mark, so that
   * room grows up to the mark again. No writer then waits for a whole victim, however large zones
   * are.
   */
  public void throttle(long bytes) throws InterruptedException {
    double room = space.roomIn(collector.urgentZones());
    if (room >= 1 || health.isPaused()) {
      return;
    }
    double price = collector.bytesMovedPerByteFreed() / Math.max(LEAST_ROOM, room);
    long moved = collector.bytesCopied();
    // A debt beyond the limit of one call is cancelled: it must not slow later writers when there
    // is room again.
    long most = moved + CREDIT_BYTES + MOST_STEPS * GarbageCollector.STEP_BYTES;
    long owed =
        owedBytes.updateAndGet(
            before -> Math.min(most, Math.max(before, moved) + (long) (bytes * price)));
    long reset = collector.zonesReset();
    for (int step = 0; step < MOST_STEPS && owed - collector.bytesCopied() > CREDIT_BYTES; step++) {
      // A step that resets zones makes room without a debt, and takes as long as several others.
      if (!help() || collector.zonesReset() > reset) {
        return;
      }
    }
  }

  /** Performs a step, or waits a while for the step of another thread; false: nothing to do. */
  private boolean help() throws InterruptedException {
    if (!lock.tryLock(LONGEST_WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
      return true;
    }
    try {
      return doStep();
    } catch (IOException failed) {
      // The background thread fails, too, and reports it.
      LOG.debug("a writer could not help the collector", failed);
      return false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Resets journal and data zones that a crash left and that nothing names, as many as a mount
   * needs. Others are reset step by step when the mount has begun.
   */
  public void resetForMount() throws IOException {
    long before = collector.zonesReset();
    boolean hasMore = true;
    while (hasMore
        && (collector.zonesReset() - before < ZONES_FOR_MOUNT
            || drive.allocator().freeDataZones() < ZONES_FOR_MOUNT)) {
      hasMore = resetEmptied();
    }
  }

  /** Runs one step of the resets; whether there may be more to reset. */
  private boolean resetEmptied() throws IOException {
    lock.lock();
    try {
      return collector.resetEmptied();
    } finally {
      lock.unlock();
    }
  }

  /** Empties failed zones, and unfinished zones whose active resource is needed. */
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
   * Ends a user's collection after its current step, and starts no other. A collection that a
   * commit needs still runs.
   */
  public void stop() {
    stopping = true;
    collector.stop();
    // The step may still be running.
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
   * @param committer commits pending batches first
   * @throws IOException also if the volume is closed meanwhile; another call can go on after the
   *     next mount
   */
  public void collectAll(Committer committer, ProgressListener progress) throws IOException {
    int limit;
    lock.lock();
    try {
      checkOpen();
      committer.commit();
      // Limited to the zones that are worth it now: moved data may look no better than their
      // source.
      limit = collector.countByCommand() + 1;
    } finally {
      lock.unlock();
    }
    for (int done = 0; done < limit; done++) {
      boolean hasEmptied = true;
      while (hasEmptied) {
        checkOpen();
        hasEmptied = resetEmptied();
      }
      lock.lock();
      try {
        checkOpen();
        if (!collector.collectOneByCommand()) {
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
