// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.gc.CollectionStep;

/**
 * Collects what a user's command asks for, while room may not be short. An unmount and a freeze end
 * it, and a read-only filesystem refuses it. Thread-safe.
 */
public final class CollectionByCommand {
  private final DriveZones drive;
  private final VolumeCollector collector;
  private final ZoneEmptying emptying;
  private final WriterThrottle throttle;

  public CollectionByCommand(
      DriveZones drive, VolumeCollector collector, ZoneEmptying emptying, WriterThrottle throttle) {
    this.drive = drive;
    this.collector = collector;
    this.emptying = emptying;
    this.throttle = throttle;
  }

  /**
   * Collects every zone that is worth it. Takes the collector's lock for one step at a time. Other
   * threads may collect meanwhile; their victims do not count for the limit of this command, unless
   * they are so many that it would not end.
   *
   * @param committer commits pending batches first
   * @param untilFreePercent ends as soon as this share of the zones is free, in per cent
   * @param goOn asked before each step; the collection ends when it returns false
   * @return whether {@code goOn} has not ended it
   * @throws IOException also if the volume is closed meanwhile; another call can go on after the
   *     next mount
   */
  public boolean collectAll(
      Committer committer, int untilFreePercent, BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    collector.checkOpen();
    committer.commit();
    ZonesByCommand zones = new ZonesByCommand();
    long reported = 0;
    boolean hasMore = true;
    while (hasMore && !isFree(untilFreePercent) && goOn.getAsBoolean()) {
      hasMore = zones.step();
      if (zones.done() > reported) {
        reported = zones.done();
        progress.progress("collecting zones", reported, Math.max(reported, zones.limit - 1L));
      }
    }
    return resetAll(untilFreePercent, goOn, progress) && (!hasMore || isFree(untilFreePercent));
  }

  /** The last victims, and those of others, leave zones that are only reset. */
  private boolean resetAll(int untilFreePercent, BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    long before = collector.zonesReset();
    long total = emptying.waitingZones();
    boolean hasMore = total > 0;
    while (hasMore && !isFree(untilFreePercent)) {
      if (!goOn.getAsBoolean()) {
        return false;
      }
      collector.checkOpen();
      hasMore = collector.resetEmptied();
      long reset = collector.zonesReset() - before;
      progress.progress("resetting emptied zones", reset, Math.max(reset, total));
    }
    return true;
  }

  private boolean isFree(int untilFreePercent) {
    return freePercent() >= untilFreePercent;
  }

  /** Free zones of all zones; below 100 in any case, because a drive has a superblock. */
  private int freePercent() {
    return (int) (100L * drive.allocator().freeZones() / drive.device().geometry().zoneCount());
  }

  /**
   * Collects zones, at least one, until writers need not pay for room.
   *
   * @param goOn asked before each step; the collection ends when it returns false
   * @return whether there may be enough room now
   */
  boolean makeRoom(BooleanSupplier goOn) throws IOException {
    ZonesByCommand zones = new ZonesByCommand();
    long reset = collector.zonesReset();
    boolean hasMore = true;
    while (hasMore
        && goOn.getAsBoolean()
        && (throttle.throttles() || collector.zonesReset() == reset)) {
      hasMore = zones.step();
    }
    return !throttle.throttles();
  }

  /**
   * The collection of the zones that are worth it when it begins: moved data may look no better
   * than their source.
   */
  private final class ZonesByCommand {
    private final long before = collector.victimsEnded();
    private final int limit = collector.countByCommand() + 1;
    private int begun;

    ZonesByCommand() throws IOException {}

    /** Number of victims since it began, those of others included. */
    long done() {
      return collector.victimsEnded() - before;
    }

    /** Performs a step; returns whether another one may follow. */
    boolean step() throws IOException {
      // The victims of others could follow each other without end.
      boolean mayBegin = begun < limit && done() < 2L * limit;
      CollectionStep step = collector.stepByCommand(mayBegin);
      begun += step == CollectionStep.BEGUN ? 1 : 0;
      return step.isUnfinished() || (mayBegin && step != CollectionStep.NONE);
    }
  }
}
