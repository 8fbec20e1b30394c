// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.state.WrongCopies;
import zonefsj.gc.ExtentOwner.NoSpaceForRelocationException;

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

  /** How long a repair that finds no room waits before it tries again. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final WrongCopies wrongCopies;
  private final VolumeCollector collector;
  private final ZoneEmptying emptying;
  private final Relocator relocator;
  private final SpaceAccount space;
  private final VolumeHealth health;
  private final Committer committer;

  private volatile long notBeforeNanos = System.nanoTime();

  public CopyRepair(
      WrongCopies wrongCopies,
      VolumeCollector collector,
      ZoneEmptying emptying,
      Relocator relocator,
      SpaceAccount space,
      VolumeHealth health,
      Committer committer) {
    this.wrongCopies = wrongCopies;
    this.collector = collector;
    this.emptying = emptying;
    this.relocator = relocator;
    this.space = space;
    this.health = health;
    this.committer = committer;
  }

  /**
   * The result of a repair.
   *
   * @param moved number of places at which nothing needed is left
   * @param staying number of places with data that cannot be read now, or that the filesystem may
   *     not move
   * @param waiting number of places that wait for room
   * @param isStopped whether it was stopped before the other places
   */
  public record Repaired(long moved, long staying, long waiting, boolean isStopped) {}

  /**
   * Moves the data of some places that wait. After it found no room, it waits a while.
   *
   * @return false if there is nothing to do now
   */
  public boolean doWork() throws IOException {
    if (health.isQuiet() || System.nanoTime() - notBeforeNanos < 0) {
      return false;
    }
    List<WrongCopies.Place> places = wrongCopies.take(MOST_PLACES);
    if (places.isEmpty()) {
      return false;
    }
    // After a failure they do not wait again, so that they cannot fail without end: whoever reads
    // them finds them.
    if (move(places).isPresent()) {
      return true;
    }
    notBeforeNanos = System.nanoTime() + PAUSE_NANOS;
    wrongCopies.queue(places);
    return false;
  }

  /**
   * Moves the data of some places now, those of pending batches included. If room is short, resets
   * the zones that are empty by now; what finds none even then waits for {@link #doWork}.
   *
   * @param mayGoOn asked between steps
   */
  public Repaired moveNow(List<WrongCopies.Place> places, BooleanSupplier mayGoOn)
      throws IOException {
    if (health.isQuiet()) {
      return new Repaired(0, places.size(), 0, false);
    }
    // Data of a pending batch are moved when the index has them.
    committer.commit();
    long staying = 0;
    for (int from = 0; from < places.size(); from += MOST_PLACES) {
      if (!mayGoOn.getAsBoolean()) {
        return new Repaired(from - staying, staying, 0, true);
      }
      List<WrongCopies.Place> some =
          places.subList(from, Math.min(places.size(), from + MOST_PLACES));
      Optional<MovedPlaces> moved = move(some);
      if (moved.isEmpty()) {
        emptying.resetEmptied(mayGoOn);
        moved = move(some);
      }
      if (moved.isEmpty()) {
        wrongCopies.queue(places.subList(from, places.size()));
        return new Repaired(from - staying, staying, places.size() - from, false);
      }
      staying += moved.get().staying().size();
    }
    return new Repaired(places.size() - staying, staying, 0, false);
  }

  /** Moves the data of a few places; empty if there is no room. */
  private Optional<MovedPlaces> move(List<WrongCopies.Place> places) throws IOException {
    Optional<MovedPlaces> moved = collector.runExclusively(() -> step(places));
    if (moved.isPresent() && moved.get().extents() > 0) {
      wrongCopies.countMoved(moved.get().extents());
      LOG.info("{} extents are moved away from wrong copies", moved.get().extents());
    }
    return moved;
  }

  /**
   * Moves the data of a few places, unless room is so short that writers wait.
   *
   * @return empty if there is no room, and another try may do later; nothing was moved then
   */
  private Optional<MovedPlaces> step(List<WrongCopies.Place> places) throws IOException {
    try {
      return health.isQuiet() || space.roomIn(1) < 1
          ? Optional.empty()
          : Optional.of(relocator.moveFrom(places));
    } catch (NoSpaceForRelocationException none) {
      // Whoever empties the present victim goes on with it.
      LOG.debug("what a copy has wrong waits for room", none);
      return Optional.empty();
    }
  }
}
