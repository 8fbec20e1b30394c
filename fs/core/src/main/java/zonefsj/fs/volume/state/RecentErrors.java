// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import zonefsj.fs.ClockText;

/**
 * The newest errors, as many as a person reads. Repeated messages are counted, so that a program
 * that retries does not push out older errors. Not thread-safe. Costs about 300 bytes for each
 * error.
 */
final class RecentErrors {
  private final int most;

  /** By message, the newest last. */
  private final Map<String, Seen> errors = new LinkedHashMap<>();

  private long forgotten;

  private record Seen(Instant last, long times) {}

  /**
   * @param most limit of the number of errors
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

  /** One line for each error, the newest last; the first line says if there were more. */
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
