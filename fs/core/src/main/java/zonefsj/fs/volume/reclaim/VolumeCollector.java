// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
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
 * The collector of a volume, with its lock and its single steps: one thread at a time performs one.
 * All threads take the lock for one step, a chunk of about {@link GarbageCollector#STEP_BYTES} or a
 * commit, and go on with the same victim; nobody waits for a whole victim to get the lock, and
 * nobody commits a batch while holding it.
 *
 * <p>Each purpose of repeating steps has a class: {@link CollectionInBackground}, {@link
 * CollectionForRoom}, {@link CollectionByCommand}, {@link WriterThrottle} and {@link ZoneEmptying}.
 * {@link CopyRepair} and {@link Defragmenter} perform steps of their own under the lock.
 */
public final class VolumeCollector {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeCollector.class);

  private static final long LONGEST_STEP_SECONDS = 30;

  private final DriveZones drive;
  private final SpaceAccount space;
  private final VolumeHealth health;
  private final GarbageCollector collector;
  private final Relocator relocator;
  private GcOptions configured;

  /** Fair: several threads take it repeatedly, and whoever waits has its turn after one step. */
  private final ReentrantLock lock = new ReentrantLock(true);

  /** How fast steps move data. */
  private final WriterPace pace = new WriterPace();

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

  /** Notes the zones that the allocator knows now. Before anything is written to new ones. */
  public void zonesAdded() {
    lock.lock();
    try {
      collector.zonesAdded();
    } finally {
      lock.unlock();
    }
  }

  /** The state of the collector at this instant. Any thread. */
  public GcSnapshot snapshot() {
    return collector.snapshot();
  }

  /**
   * Waits until the step of whatever thread has ended.
   *
   * @throws IOException if it takes longer than half a minute
   */
  public void awaitStep() throws IOException {
    try {
      if (!lock.tryLock(LONGEST_STEP_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(
            "a step of the collector has not ended after 30 s: the drive or the host is slow or does not"
                + " answer; try again");
      }
      lock.unlock();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for a step of the collector", e);
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
    if (health.isSuspended()) {
      throw new IOException(
          "the collection stops: the drive is ejected, and 'mount -o remount' takes it back");
    }
    if (health.isQuiet()) {
      throw new IOException("the collection stops: " + health.readOnlyReason());
    }
  }

  /** Performs the step that is due; returns false if there is nothing to do. */
  boolean step() throws IOException {
    return runExclusively(this::stepLocked);
  }

  /**
   * Performs such a step for a writer, or waits a while for the step of another thread.
   *
   * @param millis how long it waits
   * @return false if there is nothing to do, or nothing may be changed now
   */
  boolean stepWithin(long millis) throws IOException, InterruptedException {
    if (!lock.tryLock(millis, TimeUnit.MILLISECONDS)) {
      return true;
    }
    try {
      // A freeze waits for the step that it finds, and no other one begins.
      return !health.isQuiet() && stepLocked();
    } finally {
      lock.unlock();
    }
  }

  private boolean stepLocked() throws IOException {
    long before = collector.bytesMoved();
    long beginNanos = System.nanoTime();
    return orAbandon(
        () -> {
          boolean works = collector.doWork();
          if (works) {
            pace.moved(collector.bytesMoved() - before, System.nanoTime() - beginNanos);
          }
          return works;
        },
        false);
  }

  /**
   * Performs a step, and gives its victim up if there is no room for what it moves.
   *
   * @param none the result then
   */
  private <T> T orAbandon(Step<T> step, T none) throws IOException {
    try {
      return step.perform();
    } catch (NoSpaceForRelocationException full) {
      collector.abandon(full);
      relocator.commitRelocations();
      return none;
    }
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
    return runExclusively(
        () ->
            collector.collections() == seen
                ? orAbandon(collector::stepForSpace, CollectionStep.NONE)
                : CollectionStep.ENDED);
  }

  /** Performs one step of the resets; returns whether there may be more to reset. */
  boolean resetEmptied() throws IOException {
    return runExclusively(collector::resetEmptied);
  }

  /**
   * Performs one step of emptying the zones that come before all others.
   *
   * @return false if there are no such zones, there is no room, or a stop has ended it
   */
  boolean stepPriorityVictim() throws IOException {
    return runExclusively(() -> orAbandon(collector::stepPriorityVictim, false));
  }

  /**
   * Counts the zones that a command may collect.
   *
   * @throws IOException if no collection by command may begin
   */
  int countByCommand() throws IOException {
    return runExclusively(
        () -> {
          checkOpen();
          return collector.countByCommand();
        });
  }

  /**
   * Performs one step of a collection by command.
   *
   * @param mayBegin whether it may choose a victim
   * @return {@link CollectionStep#NONE} if there is nothing to do, or no room
   * @throws IOException also if a collection by command must end
   */
  CollectionStep stepByCommand(boolean mayBegin) throws IOException {
    return runExclusively(
        () -> {
          checkOpen();
          return orAbandon(() -> stepOrStop(mayBegin), CollectionStep.NONE);
        });
  }

  private CollectionStep stepOrStop(boolean mayBegin) throws IOException {
    CollectionStep step = collector.stepByCommand(mayBegin);
    if (step == CollectionStep.NONE) {
      // A stop may be why.
      checkOpen();
    }
    return step;
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

  /** Free room relative to the urgent mark, from 0 to 1: below 1 writers pay. Any thread. */
  double freeRoom() {
    return space.roomIn(collector.urgentZones());
  }

  /** How fast the steps of {@link #step} and {@link #stepWithin} move data. */
  WriterPace pace() {
    return pace;
  }

  /** See {@link GarbageCollector#hasPriorityVictim}. Inside {@link #runExclusively}. */
  boolean hasPriorityVictim() {
    return collector.hasPriorityVictim();
  }

  /** See {@link GarbageCollector#collections}. Any thread, as for the other counters. */
  long collections() {
    return collector.collections();
  }

  /** See {@link GarbageCollector#victimsEnded}. */
  long victimsEnded() {
    return collector.victimsEnded();
  }

  /** See {@link GarbageCollector#bytesMoved}. */
  long bytesMoved() {
    return collector.bytesMoved();
  }

  /** See {@link GarbageCollector#bytesMovedPerByteFreed}. */
  double bytesMovedPerByteFreed() {
    return collector.bytesMovedPerByteFreed();
  }

  /** See {@link GarbageCollector#zonesReset}. */
  long zonesReset() {
    return collector.zonesReset();
  }
}
