// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import zonefsj.stores.StoreRefusedException;

class StoreThreadsTest {
  private static final int THREADS = 8;

  /** A put counts how long a store does not answer: it must be made for that. */
  @Test
  void aPutIsMadeThoughNoReadIsAnswered() throws Exception {
    CountDownLatch away = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(THREADS - THREADS / 4);
    AtomicInteger reading = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    try (StoreThreads threads = StoreThreads.of(THREADS)) {
      for (int read = 0; read < 5 * THREADS; read++) {
        threads.execute(
            () -> {
              most.accumulateAndGet(reading.incrementAndGet(), Math::max);
              begun.countDown();
              awaitQuietly(away);
              reading.decrementAndGet();
              ended.incrementAndGet();
            });
      }
      assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(threads.callPut(() -> "stored")).isEqualTo("stored");
      away.countDown();
    }
    // Those that waited, too.
    assertThat(ended.get()).isEqualTo(5 * THREADS);
    assertThat(most.get()).isEqualTo(THREADS - THREADS / 4);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whateverARequestThrowsTheNextOneIsMade() throws IOException {
    try (StoreThreads threads = StoreThreads.of(1)) {
      for (int round = 0; round < 10; round++) {
        threads.execute(
            () -> {
              throw new AssertionError("for the test");
            });
      }
      assertThat(threads.call(() -> 1)).isEqualTo(1);
      assertThatThrownBy(
              () ->
                  threads.call(
                      () -> {
                        throw new IOException("no answer");
                      }))
          .hasMessage("no answer");
    }
  }

  @Test
  void nobodyWaitsForThreadsThatAreClosed() throws Exception {
    for (int round = 0; round < 50; round++) {
      StoreThreads threads = StoreThreads.of(2);
      List<Thread> callers = new ArrayList<>();
      AtomicInteger answers = new AtomicInteger();
      for (int caller = 0; caller < 4; caller++) {
        callers.add(
            new Thread(
                () -> {
                  for (int call = 0; call < 100; call++) {
                    try {
                      threads.call(answers::incrementAndGet);
                    } catch (StoreRefusedException closed) {
                      answers.incrementAndGet();
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  }
                }));
      }
      callers.forEach(Thread::start);
      threads.close();
      for (Thread caller : callers) {
        caller.join(TimeUnit.SECONDS.toMillis(60));
      }
      assertThat(answers.get()).isEqualTo(400);
    }
  }
}
