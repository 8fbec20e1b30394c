// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.gc.CollectionStep;

/**
 * Collects until one more zone is free, for a thread that cannot go on without it: a writer that
 * waits for room, a commit that finds no zone, or a change of the number of zones. All of them go
 * on with one victim and share its result. Thread-safe.
 */
public final class CollectionForRoom {
  private static final Logger LOG = LoggerFactory.getLogger(CollectionForRoom.class);

  private final VolumeCollector collector;
  private final SpaceAccount space;
  private final VolumeHealth health;

  public CollectionForRoom(VolumeCollector collector, SpaceAccount space, VolumeHealth health) {
    this.collector = collector;
    this.space = space;
    this.health = health;
  }

  /**
   * Frees a zone for a writer that waits. Takes the collector's lock for one step at a time: if
   * another thread performs the other steps, the writer profits from them.
   *
   * @param committer commits pending batches, if no zone can be freed without that
   * @return false if nothing can be freed, or nothing may be changed now; true also if a zone
   *     failed, after which others may do
   */
  public boolean makeRoom(Committer committer) throws InterruptedException {
    if (health.isQuiet()) {
      // In a pause its records would be too many for the index or the journal.
      return false;
    }
    if (space.mostRoomWaits()) {
      // Their commit empties zones, and its data take room in memory until then.
      commitFor(committer);
    }
    try {
      if (collectOneInterruptibly()) {
        return true;
      }
      if (health.isQuiet()) {
        return false;
      }
      // Zones that became dead since the last commit can be freed only after the next.
      committer.commit();
      return collectOneInterruptibly();
    } catch (IOException failed) {
      // The zone that failed has to wait; the next round takes another one.
      LOG.error("the collector failed while a writer waited for room", failed);
      return true;
    }
  }

  private static void commitFor(Committer committer) {
    try {
      committer.commit();
    } catch (IOException failed) {
      LOG.debug("the commit for room failed; the writer will hear of it", failed);
    }
  }

  /**
   * Frees a zone if that is possible without a commit of a pending batch. Called without the commit
   * lock, which the steps take, and takes the collector's lock for one step at a time.
   */
  public boolean collect() {
    if (collectOneOrFail()) {
      return true;
    }
    // A zone with priority may have found no room; now the others have their turn.
    return collectOneOrFail();
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
    long seen = collector.collections();
    CollectionStep step;
    do {
      step = collector.stepForSpace(seen);
    } while (step.isUnfinished());
    return step != CollectionStep.NONE;
  }

  private boolean collectOneInterruptibly() throws IOException, InterruptedException {
    long seen = collector.collections();
    CollectionStep step;
    do {
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted while waiting for room");
      }
      // A freeze waits for the step that it finds, and no other one begins.
      step =
          collector.runExclusively(
              () -> health.isQuiet() ? CollectionStep.NONE : collector.stepForSpace(seen));
    } while (step.isUnfinished());
    return step != CollectionStep.NONE;
  }
}
