// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.tree.MetadataView;

/**
 * Places of files where a copy of the drive, such as a member of a mirror, has wrong bytes while
 * another copy is right: they wait to be moved, each once and at most {@value #MOST_WAITING}. A
 * place that finds no room here is found again when it is read again, or by a scrub. The log has
 * one line for each of the newest places.
 *
 * <p>Thread-safe. Takes about 120 bytes for each place that waits or is remembered.
 */
public final class WrongCopies {
  /** Limit of the number of places that wait. */
  public static final int MOST_WAITING = 4096;

  private static final Logger LOG = LoggerFactory.getLogger(WrongCopies.class);

  /**
   * A place.
   *
   * @param inode of the file
   * @param from offset in the file of the first byte that is read from there
   * @param to offset behind the last
   * @param positionBytes absolute position on the drive of the wrong granule
   * @param lengthBytes of the granule
   */
  public record Place(long inode, long from, long to, long positionBytes, int lengthBytes) {}

  /** Positions that the log has. */
  private static final class Told extends LinkedHashMap<Long, Boolean> {
    private static final long serialVersionUID = 1;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, Boolean> eldest) {
      return size() > MOST_WAITING;
    }
  }

  private final FileNamer namer;

  /** Guarded by this, as are the other fields. */
  private final Set<Place> waiting = new LinkedHashSet<>();

  private final Told told = new Told();
  private long moved;

  /**
   * @param view names files in the log
   */
  public WrongCopies(MetadataView view) {
    this.namer = new FileNamer(view);
  }

  /** Notes a place, to be moved soon. */
  public void found(Place place) {
    log(place);
    queue(List.of(place));
  }

  /** Lets places wait, without a line in the log. */
  public synchronized void queue(List<Place> places) {
    for (Place place : places) {
      if (waiting.size() < MOST_WAITING) {
        waiting.add(place);
      }
    }
  }

  /** Logs a place, unless the log has it. */
  public void log(Place place) {
    synchronized (this) {
      if (told.putIfAbsent(place.positionBytes(), true) != null) {
        return;
      }
    }
    LOG.warn(
        "{} offset {}+{}: a copy of the drive has wrong bytes at byte {}, another copy is right",
        namer.describe(place.inode()),
        place.from(),
        place.to() - place.from(),
        place.positionBytes());
  }

  /** Takes the places that have waited longest. */
  public synchronized List<Place> take(int most) {
    List<Place> taken = new ArrayList<>();
    for (Iterator<Place> each = waiting.iterator(); each.hasNext() && taken.size() < most; ) {
      taken.add(each.next());
      each.remove();
    }
    return taken;
  }

  /** Counts extents that were moved away from wrong copies. */
  public synchronized void countMoved(long extents) {
    moved += extents;
  }

  /** Number of extents that were moved away from wrong copies. */
  public synchronized long moved() {
    return moved;
  }

  /** Number of places that wait. */
  public synchronized int waiting() {
    return waiting.size();
  }
}
