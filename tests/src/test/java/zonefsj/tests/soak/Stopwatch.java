// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import zonefsj.fs.ErrnoException;

/** Times every call of the workers, and knows which have begun and not returned. Thread-safe. */
final class Stopwatch {
  /** Longer is a failure: it hangs. */
  static final long HANG_SECONDS = 30;

  /** Longer is counted and printed. */
  static final long SLOW_SECONDS = 5;

  private static final int SLOW_KEPT = 10;

  private final Map<Thread, Running> running = new ConcurrentHashMap<>();
  private final Map<String, Long> slowestNanos = new TreeMap<>();
  private final Map<String, Long> counts = new TreeMap<>();
  private final List<String> slow = new ArrayList<>();
  private long slowCount;

  private record Running(String what, long sinceNanos) {}

  /** A call that may be refused. */
  @FunctionalInterface
  interface Call<T> {
    T call() throws ErrnoException, IOException;
  }

  /** A call that may be refused and answers nothing. */
  @FunctionalInterface
  interface Action {
    void run() throws ErrnoException, IOException;
  }

  /** Makes a call. */
  <T> T time(String what, Call<T> call) throws ErrnoException, IOException {
    long begin = System.nanoTime();
    running.put(Thread.currentThread(), new Running(what, begin));
    try {
      return call.call();
    } finally {
      running.remove(Thread.currentThread());
      ended(what, System.nanoTime() - begin);
    }
  }

  /** Makes a call that answers nothing. */
  void run(String what, Action action) throws ErrnoException, IOException {
    time(
        what,
        () -> {
          action.run();
          return Boolean.TRUE;
        });
  }

  private synchronized void ended(String what, long nanos) {
    slowestNanos.merge(what, nanos, Math::max);
    counts.merge(what, 1L, Long::sum);
    if (nanos > SLOW_SECONDS * 1_000_000_000L) {
      slowCount++;
      if (slow.size() < SLOW_KEPT) {
        slow.add(what + " took " + seconds(nanos));
      }
    }
  }

  /** The call that has run for longest, if that is too long; else empty. */
  String hanging() {
    for (Map.Entry<Thread, Running> entry : running.entrySet()) {
      long nanos = System.nanoTime() - entry.getValue().sinceNanos;
      if (nanos > HANG_SECONDS * 1_000_000_000L) {
        return entry.getKey().getName()
            + ": "
            + entry.getValue().what
            + " has not returned for "
            + seconds(nanos);
      }
    }
    return "";
  }

  /** Calls that took too long, though they returned. */
  synchronized List<String> slow() {
    List<String> words = new ArrayList<>(slow);
    if (slowCount > slow.size()) {
      words.add(slowCount - slow.size() + " more");
    }
    return words;
  }

  /** The slowest of a kind of call, in seconds; 0 if there was none. */
  synchronized double slowestSeconds(String what) {
    return slowestNanos.getOrDefault(what, 0L) / 1e9;
  }

  /** The slowest of all kinds of call, in seconds. */
  synchronized double slowestSeconds() {
    return slowestNanos.values().stream().mapToLong(Long::longValue).max().orElse(0) / 1e9;
  }

  /** The slowest of all kinds of call, in words. */
  synchronized String slowest() {
    return slowestNanos.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(entry -> entry.getKey() + " " + seconds(entry.getValue()))
        .orElse("none");
  }

  /** Number and slowest of each kind of call, one line. */
  synchronized String table() {
    StringBuilder words = new StringBuilder();
    counts.forEach(
        (what, count) ->
            words
                .append(words.length() == 0 ? "" : ", ")
                .append(what)
                .append(' ')
                .append(count)
                .append("x (")
                .append(seconds(slowestNanos.getOrDefault(what, 0L)))
                .append(')'));
    return words.toString();
  }

  static String seconds(long nanos) {
    return String.format(java.util.Locale.ROOT, "%.3f s", nanos / 1e9);
  }
}
