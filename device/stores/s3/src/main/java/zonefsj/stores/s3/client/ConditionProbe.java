// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.s3.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import zonefsj.stores.StoreRefusedException;

/**
 * Tries whether a store lets only one of several puts of a name succeed. Some ignore the condition,
 * and some look at it too early, so that puts at the same time all succeed: two hosts could then
 * write one drive. A store that passes can still be wrong at another time.
 */
final class ConditionProbe {
  /** What the names of its objects begin with. */
  static final String NAMES = "probe/";

  private static final int AT_ONCE = 8;
  private static final int ROUNDS = 2;

  /** Longer than the second in which some stores take one put of a name. */
  private static final long PAUSE_MILLIS = 1500;

  private ConditionProbe() {}

  /**
   * Puts some small objects, and deletes them. Takes some requests, each for its own time.
   *
   * @throws StoreRefusedException if the store is unfit
   * @throws IOException if it cannot be told now
   */
  static void run(S3Store store) throws IOException {
    ExecutorService threads =
        Executors.newFixedThreadPool(
            AT_ONCE,
            work -> {
              Thread thread = new Thread(work, "s3-probe");
              thread.setDaemon(true);
              return thread;
            });
    try {
      for (int round = 0; round < ROUNDS; round++) {
        compete(store, threads, NAMES + UUID.randomUUID());
      }
    } finally {
      threads.shutdown();
    }
  }

  private static void compete(S3Store store, ExecutorService threads, String name)
      throws IOException {
    try {
      require(store, name, puts(store, threads, name));
    } finally {
      store.delete(name);
    }
  }

  /**
   * What came of puts at the same time.
   *
   * @param winners numbers of those that succeeded, which are their contents
   * @param refused number of those for which the name was taken
   * @param failure of any other; null if there is none
   */
  private record Outcome(List<Integer> winners, int refused, @Nullable IOException failure) {}

  private static Outcome puts(S3Store store, ExecutorService threads, String name) {
    List<Future<Boolean>> puts = new ArrayList<>();
    for (int put = 0; put < AT_ONCE; put++) {
      ByteBuffer content = content(put);
      puts.add(threads.submit(() -> store.putWithCondition(name, content)));
    }
    IOException failure = null;
    List<Integer> winners = new ArrayList<>();
    int refused = 0;
    for (int put = 0; put < AT_ONCE; put++) {
      try {
        if (puts.get(put).get()) {
          winners.add(put);
        } else {
          refused++;
        }
      } catch (ExecutionException e) {
        failure = e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        failure = new IOException(store + " was not tried: interrupted", e);
      }
    }
    return new Outcome(winners, refused, failure);
  }

  private static ByteBuffer content(int put) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(0, put);
  }

  private static void require(S3Store store, String name, Outcome outcome) throws IOException {
    if (outcome.winners().isEmpty()) {
      // An answer was lost, and the put was sent again by something in between; or all have failed.
      throw new IOException(
          store + " does not say which of several puts has succeeded", outcome.failure());
    }
    Optional<ByteBuffer> there = store.get(name, Integer.BYTES);
    if (outcome.winners().size() > 1
        || there.isEmpty()
        || there.orElseThrow().getInt(0) != outcome.winners().get(0)) {
      throw unfit(store);
    }
    if (outcome.refused() > 0) {
      return;
    }
    // Some stores take few puts of one name at a time, and say so of the others.
    pause();
    if (store.putWithCondition(name, content(AT_ONCE))) {
      throw unfit(store);
    }
  }

  private static StoreRefusedException unfit(S3Store store) {
    return new StoreRefusedException(
        store
            + " puts a second object of the same name, although it is told not to"
            + " ('If-None-Match: *'): two hosts could write the drive at once",
        null);
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
