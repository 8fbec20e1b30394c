// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // what ran is in the log
final class AsyncAccessesTest {
  /** What the executor has been given; the tests run it when they like. */
  private final Deque<Runnable> given = new ArrayDeque<>();

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  @Test
  void aLaneKeepsItsOrderAndSharedAccessesRunTogether() {
    AsyncAccesses accesses = new AsyncAccesses(given::add, 10);
    AsyncAccesses.Lane lane = accesses.newLane();
    accesses.submitInOrder(lane, note("write"));
    accesses.submitShared(lane, note("append 1"));
    accesses.submitShared(lane, note("append 2"));
    accesses.submitInOrder(lane, note("finish"));
    accesses.submit(note("read"));

    assertThat(given).as("the first of the lane, and the read").hasSize(2);
    given.remove().run();
    assertThat(given).as("the read, and two appends").hasSize(3);
    runAll();
    assertThat(log).containsExactly("write", "read", "append 1", "append 2", "finish");
    assertThat(accesses.inFlight()).isZero();
  }

  @Test
  void aBarrierWaitsForWhatWasSubmittedBeforeItInEveryLane() {
    AsyncAccesses accesses = new AsyncAccesses(given::add, 10);
    AsyncAccesses.Lane one = accesses.newLane();
    AsyncAccesses.Lane other = accesses.newLane();
    accesses.submitInOrder(one, note("a"));
    CompletableFuture<String> cancelled = accesses.submitInOrder(other, note("b"));
    accesses.submitBarrier(note("flush"));
    accesses.submitInOrder(other, note("c"));

    given.remove().run();
    assertThat(log).containsExactly("a");
    assertThat(cancelled.cancel(false)).isTrue();
    runAll();
    assertThat(log).containsExactlyInAnyOrder("a", "flush", "c");
  }

  @Test
  void whatHasNotBegunIsWithdrawnAndTheNextOneTakesItsTurn() {
    AsyncAccesses accesses = new AsyncAccesses(given::add, 3);
    AsyncAccesses.Lane lane = accesses.newLane();
    CompletableFuture<String> ready = accesses.submitInOrder(lane, note("ready"));
    CompletableFuture<String> waiting = accesses.submitInOrder(lane, note("waiting"));
    CompletableFuture<String> last = accesses.submitInOrder(lane, note("last"));

    assertThat(waiting.completeExceptionally(new IOException("too late"))).isTrue();
    assertThat(ready.cancel(true)).isTrue();
    assertThat(accesses.inFlight()).isEqualTo(1);
    runAll();
    assertThat(last).isCompletedWithValue("last");
    assertThat(ready).isCancelled();
    assertThat(log).containsExactly("last");
  }

  @Test
  void whatHasBegunIsNotCancelled() throws Exception {
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (AsyncAccesses accesses = new AsyncAccesses(threads, 3)) {
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch released = new CountDownLatch(1);
      CompletableFuture<String> write =
          accesses.submitInOrder(
              accesses.newLane(),
              () -> {
                begun.countDown();
                await(released);
                return "written";
              });
      begun.await();
      assertThat(write.cancel(true)).isFalse();
      assertThat(write.complete("something else")).isFalse();
      released.countDown();
      assertThat(write.get(30, TimeUnit.SECONDS)).isEqualTo("written");
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void beyondTheBoundTheCallerRunsWhatIsReady() {
    AsyncAccesses accesses = new AsyncAccesses(given::add, 2);
    for (int i = 0; i < 5; i++) {
      accesses.submit(note("access " + i));
      assertThat(accesses.inFlight()).isLessThanOrEqualTo(2);
    }
    assertThat(log).containsExactly("access 0", "access 1", "access 2");
    accesses.close();
    assertThat(log).hasSize(5);
  }

  @Test
  void callbacksThatSubmitNeedNoThreadOfTheirOwn() {
    ExecutorService threads = Executors.newSingleThreadExecutor();
    AsyncAccesses accesses = new AsyncAccesses(threads, 2);
    List<CompletableFuture<Integer>> ends = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ends.add(chain(accesses, accesses.newLane(), 200));
    }
    ends.forEach(end -> assertThat(end.join()).isZero());
    accesses.close();
    threads.shutdownNow();
  }

  private static CompletableFuture<Integer> chain(
      AsyncAccesses accesses, AsyncAccesses.Lane lane, int left) {
    return accesses
        .submitInOrder(lane, () -> left)
        .thenCompose(
            value ->
                value == 0
                    ? CompletableFuture.completedFuture(0)
                    : chain(accesses, lane, value - 1));
  }

  @Test
  void anExecutorThatTakesNoMoreFailsTheFutures() {
    ExecutorService threads = Executors.newSingleThreadExecutor();
    threads.shutdownNow();
    AsyncAccesses accesses = new AsyncAccesses(threads, 4);
    CompletableFuture<String> access = accesses.submit(note("never"));
    assertThatThrownBy(access::join).hasCauseInstanceOf(RejectedExecutionException.class);
    assertThat(accesses.inFlight()).isZero();
    assertThat(log).isEmpty();
  }

  @Test
  void closingRunsWhatTheExecutorForgot() {
    AsyncAccesses accesses = new AsyncAccesses(task -> {}, 4);
    AsyncAccesses.Lane lane = accesses.newLane();
    accesses.submitInOrder(lane, note("first"));
    accesses.submitInOrder(lane, note("second"));
    accesses.close();
    assertThat(log).containsExactly("first", "second");
    assertThatThrownBy(accesses.submit(note("third"))::join)
        .hasCauseInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void aFutureFailsWithTheErrorOfItsAccess() {
    AsyncAccesses accesses = new AsyncAccesses(given::add, 4);
    CompletableFuture<String> failed =
        accesses.submit(
            () -> {
              throw new IOException("the drive says no");
            });
    runAll();
    assertThatThrownBy(failed::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("the drive says no");
  }

  /** Many threads, lanes, cancellations and barriers; the order within a lane is checked inside. */
  @Test
  void lanesKeepTheirOrderUnderManyThreads() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    AsyncAccesses accesses = new AsyncAccesses(threads, 8);
    AtomicInteger wrong = new AtomicInteger();
    List<CompletableFuture<Void>> submitters = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      long seed = thread;
      submitters.add(
          CompletableFuture.runAsync(
              () -> {
                SplittableRandom random = new SplittableRandom(seed);
                AsyncAccesses.Lane lane = accesses.newLane();
                AtomicInteger last = new AtomicInteger(-1);
                AtomicInteger ended = new AtomicInteger();
                for (int i = 0; i < 2000; i++) {
                  int number = i;
                  CompletableFuture<Integer> access =
                      accesses.submitInOrder(
                          lane,
                          () -> {
                            if (last.getAndSet(number) >= number) {
                              wrong.incrementAndGet();
                            }
                            return ended.incrementAndGet();
                          });
                  if (random.nextInt(5) == 0 && access.cancel(false)) {
                    ended.incrementAndGet();
                  }
                  if (random.nextInt(50) == 0) {
                    int due = i + 1;
                    accesses.submitBarrier(
                        () -> {
                          if (ended.get() < due) {
                            wrong.incrementAndGet();
                          }
                          return 0;
                        });
                  }
                }
              }));
    }
    for (CompletableFuture<Void> submitter : submitters) {
      submitter.get(50, TimeUnit.SECONDS);
    }
    accesses.close();
    assertThat(wrong).hasValue(0);
    assertThat(accesses.inFlight()).isZero();
    threads.shutdownNow();
  }

  private AsyncAccesses.Access<String> note(String name) {
    return () -> {
      log.add(name);
      return name;
    };
  }

  private void runAll() {
    while (!given.isEmpty()) {
      given.remove().run();
    }
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
