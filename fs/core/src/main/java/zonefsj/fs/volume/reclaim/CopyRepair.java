// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.state.WrongCopies;

/**
 * Moves data of which a copy of the drive is wrong to other places, where all copies are right: the
 * old place is dead then, and is written again after the reset of its zone. The relocation reads
 * from a right copy, and its record switches to the new place, as when the collector moves data; a
 * crash before that record loses nothing.
 *
 * <p>Works in steps of at most {@value #MOST_PLACES} places. Thread-safe.
 */
public final class CopyRepair {
  private static final Logger LOG = LoggerFactory.getLogger(CopyRepair.class);

  /** An extent has 1 MiB at most. */
  private static final int MOST_PLACES = 16;

  private final WrongCopies wrongCopies;
  private final VolumeCollector collector;
  private final VolumeHealth health;
  private final Committer committer;

  public CopyRepair(
      WrongCopies wrongCopies,
      VolumeCollector collector,
      VolumeHealth health,
      Committer committer) {
    this.wrongCopies = wrongCopies;
    this.collector = collector;
    this.health = health;
    this.committer = committer;
  }

  /**
   * Moves the data of some places that wait.
   *
   * @return false if there is nothing to do now
   */
  public boolean doWork() throws IOException {
    if (health.isQuiet()) {
      return false;
    }
    List<WrongCopies.Place> places = wrongCopies.take(MOST_PLACES);
    if (places.isEmpty()) {
      return false;
    }
    // After a failure they do not wait again, so that they cannot fail without end: whoever reads
    // them finds them.
    boolean done = move(places) >= 0;
    if (!done) {
      places.forEach(wrongCopies::found);
    }
    return done;
  }

  /**
   * Moves the data of some places now, those of pending batches included.
   *
   * @return false if some could not be moved, because the filesystem takes no changes or is full
   */
  public boolean moveNow(List<WrongCopies.Place> places) throws IOException {
    if (health.isQuiet()) {
      return false;
    }
    // Data of a pending batch are moved when the index has them.
    committer.commit();
    for (int from = 0; from < places.size(); from += MOST_PLACES) {
      if (move(places.subList(from, Math.min(places.size(), from + MOST_PLACES))) < 0) {
        return false;
      }
    }
    return true;
  }

  private long move(List<WrongCopies.Place> places) throws IOException {
    long moved = collector.moveFrom(places);
    if (moved > 0) {
      wrongCopies.countMoved(moved);
      LOG.info("{} extents are moved away from wrong copies", moved);
    }
    return moved;
  }
}
