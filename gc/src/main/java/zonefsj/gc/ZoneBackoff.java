// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * Zones that could not be emptied. Such a zone is left alone for ten minutes at first, and twice as
 * long after each further failure, up to a day: data that a drive cannot read may become readable
 * again, but each attempt costs the drive's slowest reads. A zone that the drive turns read-only or
 * offline meanwhile is tried at once.
 *
 * <p>Used by one thread at a time. Takes about 100 bytes for each such zone.
 */
final class ZoneBackoff {
  static final long FIRST_BACKOFF_MILLIS = 600_000;
  static final long DEFER_MILLIS = 5000;
  static final long MAX_BACKOFF_MILLIS = 86_400_000;

  private final LongSupplier elapsedMillis;
  private final Map<Integer, Backoff> rests = new HashMap<>();

  /**
   * @param death condition of the zone when it could not be emptied: READ_ONLY, OFFLINE, or FILLED
   *     for any other
   */
  private record Backoff(Use death, long untilMillis, long lengthMillis) {}

  /**
   * @param elapsedMillis milliseconds since some instant
   */
  ZoneBackoff(LongSupplier elapsedMillis) {
    this.elapsedMillis = elapsedMillis;
  }

  /**
   * Whether a zone must not be tried now.
   *
   * @param use of the zone now
   */
  boolean isBackedOff(int zone, Use use) {
    Backoff rest = rests.get(zone);
    return rest != null
        && rest.death() == death(use)
        && elapsedMillis.getAsLong() < rest.untilMillis();
  }

  /** Records that a zone could not be emptied. */
  void failed(int zone, Use use) {
    Backoff before = rests.get(zone);
    long length =
        before == null || before.death() != death(use)
            ? FIRST_BACKOFF_MILLIS
            : Math.min(MAX_BACKOFF_MILLIS, 2 * before.lengthMillis());
    rests.put(zone, new Backoff(death(use), elapsedMillis.getAsLong() + length, length));
  }

  /**
   * Defers a zone that cannot be collected now, for example for lack of space; others come first.
   */
  void deferVictim(int zone, Use use) {
    long untilMillis = elapsedMillis.getAsLong() + DEFER_MILLIS;
    rests.put(zone, new Backoff(death(use), untilMillis, FIRST_BACKOFF_MILLIS / 2));
  }

  private static Use death(Use use) {
    return use == Use.READ_ONLY || use == Use.OFFLINE ? use : Use.FILLED;
  }

  /** Forgets a zone that was reset. */
  void emptied(int zone) {
    rests.remove(zone);
  }
}
