// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RetryingStoreTest {
  private final Flaky flaky = new Flaky();
  private final RetryingStore store =
      new RetryingStore(flaky, new RetryingStore.Patience(0, 0, 60_000), new SplittableRandom(1));

  /** A store whose next requests fail, before or after they have an effect. */
  private static final class Flaky implements ObjectStore {
    private final Map<String, ByteBuffer> objects = new HashMap<>();
    private int failsBefore;
    private int failsAfter;
    private int requests;

    private void begin() throws IOException {
      requests++;
      if (failsBefore > 0) {
        failsBefore--;
        throw new IOException("before");
      }
    }

    private void end() throws IOException {
      if (failsAfter > 0) {
        failsAfter--;
        throw new IOException("after");
      }
    }

    @Override
    public long maxObjectBytes() {
      return 1 << 20;
    }

    @Override
    public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
      begin();
      ByteBuffer all = ByteBuffer.allocate(100);
      for (ByteBuffer source : sources) {
        all.put(source.duplicate());
      }
      boolean put = objects.putIfAbsent(name, all.flip()) == null;
      end();
      return put;
    }

    @Override
    public Optional<ByteBuffer> get(String name, int mostBytes) throws IOException {
      begin();
      ByteBuffer object = objects.get(name);
      if (object != null && object.remaining() > mostBytes) {
        throw new ObjectTooLongException(this, name, mostBytes);
      }
      return Optional.ofNullable(object).map(ByteBuffer::duplicate);
    }

    @Override
    public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
      ByteBuffer object = objects.get(name);
      if (object == null) {
        throw new ObjectMissingException(this, name);
      }
      destination.put(object.get(0));
      begin();
      destination.put(object.slice(1, destination.remaining()));
    }

    @Override
    public void list(String prefix, Listing listing) throws IOException {
      begin();
    }

    @Override
    public void delete(String name) throws IOException {
      begin();
      objects.remove(name);
      end();
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }

  private static ByteBuffer bytes(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length);
    for (int value : values) {
      buffer.put((byte) value);
    }
    return buffer.flip();
  }

  @Test
  void aPutWhoseAnswerWasLostHasSucceeded() throws IOException {
    flaky.failsAfter = 1;
    ByteBuffer first = bytes(1, 2);
    ByteBuffer second = bytes(3);
    assertThat(store.putIfAbsent("a", first, second)).isTrue();
    assertThat(first.remaining()).isEqualTo(2);
    assertThat(flaky.objects.get("a")).isEqualTo(bytes(1, 2, 3));
  }

  @Test
  void whatAnotherOneHasPutIsNotOurs() throws IOException {
    flaky.objects.put("a", bytes(1, 2, 4));
    flaky.objects.put("b", bytes(1, 2, 3, 4));
    flaky.failsBefore = 1;
    assertThat(store.putIfAbsent("a", bytes(1, 2, 3))).isFalse();
    flaky.failsBefore = 1;
    assertThat(store.putIfAbsent("b", bytes(1, 2, 3))).isFalse();
  }

  /** The store has carried the put out twice, and answers for the second time. */
  @Test
  void anEqualObjectIsOurs() throws IOException {
    flaky.objects.put("b", bytes(1, 2, 3, 4));
    assertThat(store.putIfAbsent("b", bytes(1, 2), bytes(3, 4))).isTrue();
  }

  /** Of puts that end at the same time, none is left that seems to wait. */
  @Test
  void nothingWaitsWhenAllPutsHaveAnswers() throws Exception {
    AtomicInteger names = new AtomicInteger();
    try (RetryingStore many =
        new RetryingStore(
            new FilterStore(flaky) {
              @Override
              protected <T> T around(Request<T> request) throws IOException {
                return request.run();
              }

              @Override
              public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
                if (name.hashCode() % 3 == 0) {
                  throw new StoreRefusedException("full", null);
                }
                return true;
              }
            },
            new RetryingStore.Patience(0, 0, 60_000),
            new SplittableRandom(1))) {
      for (int round = 0; round < 300; round++) {
        List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
          threads.add(
              new Thread(
                  () -> {
                    for (int put = 0; put < 5; put++) {
                      try {
                        many.putIfAbsent("n" + names.incrementAndGet(), bytes(1));
                      } catch (IOException refused) {
                        assertThat(refused).hasMessage("full");
                      }
                    }
                  }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
          thread.join();
        }
        Thread.sleep(2);
        assertThat(many.stalledMillis()).isZero();
        assertThat(many.waitsForPuts()).isFalse();
      }
    }
  }

  @Test
  void aPutThatFailsHasWaited() throws Exception {
    flaky.failsBefore = 3;
    assertThat(store.stalledMillis()).isZero();
    store.putIfAbsent("a", bytes(1));
    assertThat(store.stalledMillis()).isZero();
    RetryingStore brief =
        new RetryingStore(flaky, new RetryingStore.Patience(1, 1, 20), new SplittableRandom(1));
    flaky.failsBefore = Integer.MAX_VALUE;
    assertThatThrownBy(() -> brief.putIfAbsent("b", bytes(1)))
        .isInstanceOf(NoAnswerException.class);
    assertThat(brief.stalledMillis()).isPositive();
    flaky.failsBefore = 0;
    brief.putIfAbsent("b", bytes(1));
    assertThat(brief.stalledMillis()).isZero();
  }

  /** A server can come back without anybody's notice: nothing waits for it then. */
  @Test
  void aFailureOfLongAgoTellsNothing() throws Exception {
    long gapNanos = 200_000_000;
    RetryingStore brief =
        new RetryingStore(
            flaky, new RetryingStore.Patience(1, 1, 20), new SplittableRandom(1), gapNanos);
    flaky.failsBefore = Integer.MAX_VALUE;
    assertThatThrownBy(() -> brief.putIfAbsent("b", bytes(1)))
        .isInstanceOf(NoAnswerException.class);
    flaky.failsBefore = 0;
    TimeUnit.NANOSECONDS.sleep(2 * gapNanos);
    assertThat(brief.stalledMillis()).isZero();
    brief.putIfAbsent("b", bytes(1));
    assertThat(brief.waitsForPuts()).isFalse();
  }

  /** As if one of several servers were behind: nobody else can have put it. */
  @Test
  void anObjectThatIsThereAndIsNotIsNoAnswer() {
    ObjectStore contradicting =
        new FilterStore(flaky) {
          @Override
          protected <T> T around(Request<T> request) throws IOException {
            return request.run();
          }

          @Override
          public boolean putIfAbsent(String name, ByteBuffer... sources) {
            return false;
          }
        };
    RetryingStore retrying =
        new RetryingStore(
            contradicting, new RetryingStore.Patience(1, 2, 50), new SplittableRandom(1));
    assertThatThrownBy(() -> retrying.putIfAbsent("name", bytes(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is there, and that it is not");
  }

  @Test
  void aReadBeginsAnew() throws IOException {
    flaky.objects.put("a", bytes(1, 2, 3));
    flaky.failsBefore = 2;
    ByteBuffer destination = ByteBuffer.allocate(3);
    store.read("a", 0, destination);
    assertThat(destination.flip()).isEqualTo(bytes(1, 2, 3));
  }

  @Test
  void whatIsMissingIsNotAskedForAgain() {
    assertThatThrownBy(() -> store.read("a", 0, ByteBuffer.allocate(1)))
        .isInstanceOf(ObjectMissingException.class);
  }

  @Test
  void afterTheLimitARequestFails() {
    flaky.failsBefore = Integer.MAX_VALUE;
    RetryingStore impatient =
        new RetryingStore(flaky, new RetryingStore.Patience(1, 1, 20), new SplittableRandom(1));
    assertThatThrownBy(() -> impatient.delete("a")).hasMessage("before");
    assertThat(flaky.requests).isGreaterThan(1);
    // The store has been silent for so long: others need not find that out again.
    flaky.requests = 0;
    assertThatThrownBy(() -> impatient.get("a", 10)).hasMessage("before");
    assertThat(flaky.requests).isEqualTo(1);
  }

  /** Whoever adds to a log must know whether an entry is there. */
  @Test
  void whatNoAttemptCanHaveDoneIsRefused() {
    AtomicInteger puts = new AtomicInteger();
    List<IOException> failures = new ArrayList<>();
    ObjectStore unavailable =
        new FilterStore(flaky) {
          @Override
          protected <T> T around(Request<T> request) throws IOException {
            puts.incrementAndGet();
            throw failures.isEmpty()
                ? new StoreUnavailableException("full", null)
                : failures.remove(0);
          }
        };
    RetryingStore retrying =
        new RetryingStore(
            unavailable, new RetryingStore.Patience(1, 2, 1500), new SplittableRandom(1));
    assertThatThrownBy(() -> retrying.putIfAbsent("name", bytes(1)))
        .isInstanceOf(StoreRefusedException.class)
        .hasMessage("full");
    assertThat(puts.get()).isGreaterThan(1);
    failures.add(new IOException("no answer"));
    RetryingStore another =
        new RetryingStore(
            unavailable, new RetryingStore.Patience(1, 2, 1500), new SplittableRandom(1));
    assertThatThrownBy(() -> another.putIfAbsent("name", bytes(1)))
        .isNotInstanceOf(StoreRefusedException.class)
        .isNotInstanceOf(StoreUnavailableException.class)
        .hasMessage("full");
  }
}
