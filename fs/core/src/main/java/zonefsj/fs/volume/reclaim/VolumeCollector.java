// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.VolumeOptions.GcOptions;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.VolumeClock;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.state.WriteActivity;
import zonefsj.gc.CollectionStep;
import zonefsj.gc.ExtentOwner.NoSpaceForRelocationException;
import zonefsj.gc.GarbageCollector;
import zonefsj.gc.GcSnapshot;

/**
 * Lets one thread at a time run the collector: the background thread, a writer that helps or waits
 * for room, a commit that finds no zone, or a user command. All of them take the lock for one step,
 * a chunk of about {@link GarbageCollector#STEP_BYTES} or a commit, and go on with the same victim;
 * nobody waits for a whole victim to get the lock, and nobody commits a batch while holding it.
 */
public final class VolumeCollector {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeCollector.class);

  /** Bytes that writers may owe before they help. */
  private static final long CREDIT_BYTES = 2 << 20;

  /** How long a writer that helps waits for another thread's step. */
  private static final long LONGEST_WAIT_MILLIS = 100;

  /** Limit of the collector steps in one call of a writer, each a chunk or a commit. */
  private static final int MOST_STEPS = 16;

  /** A writer begins no other step after this time, whatever its steps have moved. */
  private static final long HELP_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /**
   * Limit of the pause that the background thread makes after a step for applications that read.
   */
  private static final long MOST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1000);

  private static final long LONGEST_STEP_SECONDS = 30;

  /** Lower limit of the room's share of the target, which limits what writers pay. */
  private static final double LEAST_ROOM = 1.0 / 8;

  private final DriveZones drive;
  private final SpaceAccount space;
  private final VolumeHealth health;
  private final GarbageCollector collector;
  private final Relocator relocator;
  private final LongSupplier applicationReads;
  private GcOptions configured;

  /** Fair: several threads take it repeatedly, and whoever waits has its turn after one step. */
  private final ReentrantLock lock = new ReentrantLock(true);

  /** Bytes that the collector must have moved by now in return for what writers were granted. */
  private final AtomicLong owedBytes = new AtomicLong();

  private final WriterPace pace = new WriterPace();

  /** Whether the background thread has just performed a step, and goes on with the next. */
  private volatile boolean worksInBackground;

  private volatile long pauseNanos;

  private volatile boolean stopping;

  /**
   * @param applicationReads changes when a read of an application that needs the drive begins or
   *     ends
   */
  public VolumeCollector(
      DriveZones drive,
      SpaceAccount space,
      VolumeHealth health,
      VolumeClock clock,
      Relocator relocator,
      WriteActivity activity,
      LongSupplier applicationReads,
      GcOptions options) {
    this.drive = drive;
    this.space = space;
    this.health = health;
    this.relocator = relocator;
    this.applicationReads = applicationReads;
    this.configured = options;
    this.collector =
        new GarbageCollector(
            drive.device(),
            drive.filesystem(),
            drive.allocator(),
            drive.usage(),
            relocator,
            CollectorSettings.of(options, drive.device().geometry()),
            clock,
            clock::elapsedMillis,
            activity::idleMillis,
            space::spareZones);
  }

  /** Changes the settings of the running collector. Any thread. */
  public synchronized void configure(GcOptions options) {
    configured = options;
    collector.settings(CollectorSettings.of(options, drive.device().geometry()));
  }

  /** Notes that the filesystem has another number of zones. Any thread. */
  public synchronized void zoneCountChanged() {
    configure(configured);
  }

  /** The state of the collector at this instant. Any thread. */
  public GcSnapshot snapshot() {
    return collector.snapshot();
  }

  /** Runs one step of the background thread; false if there is nothing to do. */
  public boolean doWork() throws IOException {
    boolean works = false;
    lock.lock();
    long reads = applicationReads.getAsLong();
    long beginNanos = System.nanoTime();
    try {
      // A freeze waits for the step that it finds, and no other one begins.
      works = !health.isQuiet() && doStep();
      return works;
    } finally {
      boolean mayPause =
          works
              && applicationReads.getAsLong() != reads
              && !collector.hasPriorityVictim()
              && space.roomIn(collector.urgentZones()) >= 1;
      pauseNanos = mayPause ? Math.min(MOST_PAUSE_NANOS, System.nanoTime() - beginNanos) : 0;
      worksInBackground = works;
      lock.unlock();
    }
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

  private boolean doStep() throws IOException {
    long before = collector.bytesMoved();
    long beginNanos = System.nanoTime();
    try {
      boolean works = collector.doWork();
      if (works) {
        pace.moved(collector.bytesMoved() - before, System.nanoTime() - beginNanos);
      }
      return works;
    } catch (NoSpaceForRelocationException none) {
      abandon(none);
      return false;
    }
  }

  private void abandon(NoSpaceForRelocationException none) throws IOException {
    collector.abandon(none);
    relocator.commitRelocations();
  }

  /** See {@link GarbageCollector#collections}. Any thread, as for the other counters. */
  long collections() {
    return collector.collections();
  }

  /** See {@link GarbageCollector#victimsEnded}. */
  long victimsEnded() {
    return collector.victimsEnded();
  }

  /** See {@link GarbageCollector#zonesReset}. */
  long zonesReset() {
    return collector.zonesReset();
  }

  /**
   * Performs a step for a thread that waits for space, unless another thread has brought it a
   * result meanwhile. All threads go on with one victim. Each call either performs a step or ends
   * the caller's collection, so threads that wait do not keep each other from ending.
   *
   * @param seen {@link #collections} when the caller began to wait
   * @return {@link CollectionStep#ENDED} also if another thread has brought the result
   */
  CollectionStep stepForSpace(long seen) throws IOException {
    lock.lock();
    try {
      return collector.collections() == seen ? collector.stepForSpace() : CollectionStep.ENDED;
    } catch (NoSpaceForRelocationException none) {
      abandon(none);
      return CollectionStep.NONE;
    } finally {
      lock.unlock();
    }
  }

  /** Whether {@link #throttle} slows a writer down now. */
  public boolean throttles() {
    return throttles(space.roomIn(collector.urgentZones()));
  }

  private boolean throttles(double room) {
    return room < 1 && !health.isPaused();
  }

  /**
   * Slows a writer down when room is short. Room for one byte costs the collector {@link
   * GarbageCollector#bytesMovedPerByteFreed} moved bytes. The writer pays that price, and more in
   * proportion to the shortage below the urgent mark, so that room grows up to the mark again. It
   * pays with time while the background thread collects; what time did not pay, it moves itself. No
   * writer waits for a whole victim, however large zones are.
   */
  public void throttle(long bytes) throws InterruptedException {
    double room = space.roomIn(collector.urgentZones());
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
    if (worksInBackground) {
      // The debt corrects the measured rate.
      double share = (owed - moved) / (double) CREDIT_BYTES;
      TimeUnit.NANOSECONDS.sleep(pace.nanosToWait(bytes, cost * (1 + share), System.nanoTime()));
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

  /** Performs one step of the resets; whether there may be more to reset. */
  boolean resetEmptied() throws IOException {
    lock.lock();
    try {
      return collector.resetEmptied();
    } finally {
      lock.unlock();
    }
  }

  /** Notes the zones that the allocator knows now. Before anything is written to new ones. */
  public void zonesAdded() {
    lock.lock();
    try {
      collector.zonesAdded();
    } finally {
      lock.unlock();
    }
  }

  /**
   * A step that is not only one of the methods here. As short as they are: all others wait for its
   * end.
   */
  @FunctionalInterface
  interface Step<T> {
    /** Performs it. */
    T perform() throws IOException;
  }

  /** Performs a step while nobody performs another one. It may contain steps of this class. */
  <T> T runExclusively(Step<T> step) throws IOException {
    lock.lock();
    try {
      return step.perform();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the step of whatever thread has ended.
   *
   * @throws IOException if it takes longer than half a minute: the drive does not answer
   */
  public void awaitStep() throws IOException {
    try {
      if (!lock.tryLock(LONGEST_STEP_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("a step of the collector does not end: the drive does not answer");
      }
      lock.unlock();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for a step of the collector", e);
    }
  }

  /**
   * Performs one step of emptying the zones that come before all others.
   *
   * @return false if there are no such zones, there is no room, or a stop has ended it
   */
  boolean stepPriorityVictim() throws IOException {
    lock.lock();
    try {
      return collector.stepPriorityVictim();
    } catch (NoSpaceForRelocationException none) {
      abandon(none);
      return false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends a user's collection after its current step, and starts no other. Waits for the current
   * step of whatever thread. A collection that a commit or a writer needs still runs.
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

  /**
   * Refuses a collection by command, or a step of it.
   *
   * @throws IOException if the filesystem is being unmounted, is frozen or read-only
   */
  void checkOpen() throws IOException {
    if (stopping) {
      throw new IOException("the collection stops: the filesystem is being unmounted");
    }
    if (health.isFrozen()) {
      throw new IOException("the collection stops: the filesystem is frozen");
    }
    if (health.isQuiet()) {
      throw new IOException("the collection stops: " + health.readOnlyReason());
    }
  }

  /**
   * Counts the zones that a command may collect.
   *
   * @throws IOException if no collection by command may begin
   */
  int countByCommand() throws IOException {
    lock.lock();
    try {
      checkOpen();
      return collector.countByCommand();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Performs one step of a collection by command.
   *
   * @param mayBegin whether it may choose a victim
   * @return {@link CollectionStep#NONE} if there is nothing to do, or no room
   * @throws IOException also if a collection by command must end
   */
  CollectionStep stepByCommand(boolean mayBegin) throws IOException {
    lock.lock();
    try {
      checkOpen();
      CollectionStep step = collector.stepByCommand(mayBegin);
      if (step == CollectionStep.NONE) {
        // A stop may be why.
        checkOpen();
      }
      return step;
    } catch (NoSpaceForRelocationException none) {
      abandon(none);
      return CollectionStep.NONE;
    } finally {
      lock.unlock();
    }
  }
}
