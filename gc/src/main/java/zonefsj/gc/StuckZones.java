package zonefsj.gc;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Zones that could not be emptied, or not be reset. The latter are given up; each of the former
 * rests before it is tried again, for ten minutes at first and for twice as long after each
 * failure, up to a day: what a drive cannot read may be readable once more, but to find out costs
 * it its slowest reads.
 *
 * <p>Used by one thread at a time. About 100 bytes for each such zone.
 */
final class StuckZones {
  static final long FIRST_REST_MILLIS = 600_000;
  static final long LONGEST_REST_MILLIS = 86_400_000;

  private final LongSupplier elapsedMillis;
  private final Map<Integer, Rest> rests = new HashMap<>();

  private final Set<Integer> givenUp = new HashSet<>();

  private record Rest(long untilMillis, long lengthMillis) {}

  /**
   * @param elapsedMillis milliseconds since some instant
   */
  StuckZones(LongSupplier elapsedMillis) {
    this.elapsedMillis = elapsedMillis;
  }

  /** Whether a zone is not to be tried now. */
  boolean rests(int zone) {
    Rest rest = rests.get(zone);
    boolean restsStill = rest != null && elapsedMillis.getAsLong() < rest.untilMillis();
    return restsStill || givenUp.contains(zone);
  }

  /** A zone could not be emptied. */
  void failed(int zone) {
    Rest before = rests.get(zone);
    long length =
        before == null
            ? FIRST_REST_MILLIS
            : Math.min(LONGEST_REST_MILLIS, 2 * before.lengthMillis());
    rests.put(zone, new Rest(elapsedMillis.getAsLong() + length, length));
  }

  /** A zone cannot be reset: it is never tried again. */
  void giveUp(int zone) {
    givenUp.add(zone);
  }

  /** Whether a zone cannot be reset. */
  boolean isGivenUp(int zone) {
    return givenUp.contains(zone);
  }

  /** Nothing is known of the zone any more: it was reset. */
  void emptied(int zone) {
    rests.remove(zone);
  }
}
