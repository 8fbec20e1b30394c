// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.top;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.cli.control.Json;

/**
 * What happened between two answers of a daemon with its counters. Immutable.
 *
 * @param now the newer counters
 * @param before the older ones; null: those at the mount
 * @param seconds the time between them
 */
record Interval(Json.JsonObject now, Json.@Nullable JsonObject before, double seconds) {
  private static final double NANOS_PER_MICRO = 1000;

  /**
   * A kind of work in an interval.
   *
   * @param perSecond how often it was done
   * @param meanMicros mean time of one, in microseconds; 0 if there was none
   * @param slowestMicros the time that 99 of 100 did not exceed since the mount
   */
  record Work(double perSecond, double meanMicros, double slowestMicros) {}

  /** Growth of a member of {@code sample} per second. */
  double rate(String name) throws IOException {
    long then = before == null ? 0 : before.structure("sample").whole(name);
    return seconds <= 0 ? 0 : (now.structure("sample").whole(name) - then) / seconds;
  }

  /** A member of {@code sample} now. */
  long level(String name) throws IOException {
    return now.structure("sample").whole(name);
  }

  /** Kinds of requests of the kernel, those that occurred. */
  Map<String, Work> requests() throws IOException {
    return works("requests");
  }

  /** Kinds of accesses to the drive. */
  Map<String, Work> device() throws IOException {
    return works("device");
  }

  /** Commits. */
  Work commits() throws IOException {
    return work(now.structure("commit"), before == null ? null : before.structure("commit"));
  }

  private Map<String, Work> works(String group) throws IOException {
    Map<String, Work> works = new TreeMap<>();
    Json.JsonObject kinds = now.structure(group);
    Json.JsonObject then = before == null ? null : before.structure(group);
    for (String kind : kinds.members().keySet()) {
      works.put(
          kind,
          work(
              kinds.structure(kind),
              then == null || !then.has(kind) ? null : then.structure(kind)));
    }
    return works;
  }

  private Work work(Json.JsonObject newer, Json.@Nullable JsonObject older) throws IOException {
    long count = newer.whole("count") - (older == null ? 0 : older.whole("count"));
    long nanos = newer.whole("nanos") - (older == null ? 0 : older.whole("nanos"));
    return new Work(
        seconds <= 0 ? 0 : count / seconds,
        count <= 0 ? 0 : nanos / NANOS_PER_MICRO / count,
        newer.whole("p99") / NANOS_PER_MICRO);
  }
}
