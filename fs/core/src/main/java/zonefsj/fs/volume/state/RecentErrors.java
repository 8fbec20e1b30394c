// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import zonefsj.fs.ClockText;

/**
 * The newest errors, as many as a person reads. What is said again is counted, for a program that
 * tries again and again must not push out what happened before. Not thread-safe. Costs about 300
 * bytes an error.
 */
final class RecentErrors {
  private final int most;

  /** By their words, the newest last. */
  private final Map<String, Seen> errors = new LinkedHashMap<>();

  private long forgotten;

  private record Seen(Instant last, long times) {}

  /**
   * @param most that are remembered
   */
  RecentErrors(int most) {
    this.most = most;
  }

  void add(Instant when, String what) {
    Seen before = errors.remove(what);
    errors.put(what, new Seen(when, before == null ? 1 : before.times() + 1));
    if (errors.size() > most) {
      errors.remove(errors.keySet().iterator().next());
      forgotten++;
    }
  }

  /** One line each, the newest last; the first line says if there were more. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (forgotten > 0) {
      lines.add(forgotten + " before these are in the log only");
    }
    errors.forEach(
        (what, seen) ->
            lines.add(
                ClockText.of(seen.last())
                    + " "
                    + what
                    + (seen.times() > 1 ? " (" + seen.times() + " times)" : "")));
    return lines;
  }
}
