// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.cli.bench.LatencyHistogram;

/** Times every call of the workers, and knows which have begun and not returned. Thread-safe. */
final class Stopwatch {
  /** Longer is a failure, unless the caller allows more: it hangs. */
  static final long HANG_SECONDS = 30;

  /** Longer is counted and printed. */
  static final long SLOW_SECONDS = 5;

  private static final int SLOW_KEPT = 10;

  private final Map<Thread, Running> running = new ConcurrentHashMap<>();
  private final Map<String, LatencyHistogram> times = new TreeMap<>();
  private final List<String> slow = new ArrayList<>();
  private long slowCount;

  private record Running(String what, long sinceNanos, long limitSeconds) {
    long nanos() {
      return System.nanoTime() - sinceNanos;
    }
  }

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
    return time(what, HANG_SECONDS, call);
  }

  private <T> T time(String what, long limitSeconds, Call<T> call)
      throws ErrnoException, IOException {
    Running watched = new Running(what, System.nanoTime(), limitSeconds);
    running.put(Thread.currentThread(), watched);
    try {
      return call.call();
    } finally {
      running.remove(Thread.currentThread());
      ended(what, watched.nanos());
    }
  }

  /** Makes a call that answers nothing. */
  void run(String what, Action action) throws ErrnoException, IOException {
    run(what, HANG_SECONDS, action);
  }

  /**
   * Makes a call that answers nothing.
   *
   * @param limitSeconds a longer call hangs
   */
  void run(String what, long limitSeconds, Action action) throws ErrnoException, IOException {
    time(
        what,
        limitSeconds,
        () -> {
          action.run();
          return Boolean.TRUE;
        });
  }

  private synchronized void ended(String what, long nanos) {
    times.computeIfAbsent(what, first -> new LatencyHistogram()).add(nanos);
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
      Running call = entry.getValue();
      if (call.nanos() > call.limitSeconds * 1_000_000_000L) {
        return entry.getKey().getName()
            + ": "
            + call.what
            + " has not returned for "
            + seconds(call.nanos());
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
    return times(what).maxNanos() / 1e9;
  }

  /** The times of a kind of call; to be read when no call is made any more. */
  synchronized LatencyHistogram times(String what) {
    return times.getOrDefault(what, new LatencyHistogram());
  }

  /** The slowest of all kinds of call, in seconds. */
  synchronized double slowestSeconds() {
    return times.values().stream().mapToLong(LatencyHistogram::maxNanos).max().orElse(0) / 1e9;
  }

  /** The slowest of all kinds of call, in words. */
  synchronized String slowest() {
    return times.entrySet().stream()
        .max(Comparator.comparingLong(entry -> entry.getValue().maxNanos()))
        .map(entry -> entry.getKey() + " " + seconds(entry.getValue().maxNanos()))
        .orElse("none");
  }

  /** Number and slowest of each kind of call, one line. */
  synchronized String table() {
    StringBuilder words = new StringBuilder();
    times.forEach(
        (what, times) ->
            words
                .append(words.length() == 0 ? "" : ", ")
                .append(what)
                .append(' ')
                .append(times.total())
                .append("x (")
                .append(seconds(times.maxNanos()))
                .append(')'));
    return words.toString();
  }

  static String seconds(long nanos) {
    return String.format(java.util.Locale.ROOT, "%.3f s", nanos / 1e9);
  }
}
