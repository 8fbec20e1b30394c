// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectTooLongException;

/** What {@link ObjectStore} promises, of a store that nothing goes wrong with. */
abstract class ObjectStoreContractTest {
  private static final String NAME = "data/0000000000000001-000000000000002a";
  private static final int THREADS = 8;

  @SuppressWarnings("NullAway.Init") // set before each test
  private ObjectStore store;

  /** A client of a store that is empty before the first one; several see the same objects. */
  abstract ObjectStore client() throws IOException;

  @BeforeEach
  void open() throws IOException {
    store = client();
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private static ByteBuffer bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  private byte[] whole(String name) throws IOException {
    ByteBuffer object = store.get(name, Integer.MAX_VALUE - 8).orElseThrow();
    assertThat(object.position()).isZero();
    byte[] bytes = new byte[object.remaining()];
    object.get(bytes);
    return bytes;
  }

  private Map<String, Long> listed(String prefix) throws IOException {
    Map<String, Long> found = new HashMap<>();
    store.list(prefix, found::put);
    return found;
  }

  @Test
  void whatIsPutIsThere() throws IOException {
    ByteBuffer first = bytes(100, 1).position(10);
    ByteBuffer second = ByteBuffer.allocateDirect(5000).put(bytes(5000, 2)).flip().limit(4999);
    ByteBuffer none = ByteBuffer.allocate(0);
    assertThat(store.putIfAbsent(NAME, none, first, second.asReadOnlyBuffer(), none)).isTrue();
    assertThat(first.position()).isEqualTo(10);
    assertThat(second.remaining()).isEqualTo(4999);
    byte[] expected = new byte[90 + 4999];
    first.get(10, expected, 0, 90);
    second.get(0, expected, 90, 4999);
    assertThat(whole(NAME)).isEqualTo(expected);
    try (ObjectStore other = client()) {
      assertThat(other.get(NAME, expected.length)).contains(ByteBuffer.wrap(expected));
    }
  }

  @Test
  void anObjectStaysAsItIs() throws IOException {
    assertThat(store.putIfAbsent(NAME, bytes(10, 1))).isTrue();
    assertThat(store.putIfAbsent(NAME, bytes(20, 2))).isFalse();
    assertThat(store.putIfAbsent(NAME)).isFalse();
    assertThat(whole(NAME)).isEqualTo(bytes(10, 1).array());
  }

  @Test
  void anObjectMayHaveNoBytes() throws IOException {
    assertThat(store.putIfAbsent(NAME)).isTrue();
    assertThat(whole(NAME)).isEmpty();
    assertThat(listed("data/")).containsExactlyEntriesOf(Map.of(NAME, 0L));
    assertThatThrownBy(() -> store.read(NAME, 0, ByteBuffer.allocate(1)))
        .isInstanceOf(EOFException.class);
    assertThat(store.putIfAbsent(NAME, bytes(1, 1))).isFalse();
  }

  @Test
  void whatIsNotThereIsSaidSo() throws IOException {
    assertThat(store.get(NAME, 100)).isEmpty();
    assertThatThrownBy(() -> store.read(NAME, 0, ByteBuffer.allocate(1)))
        .isInstanceOf(ObjectMissingException.class)
        .hasMessageContaining(NAME);
    store.delete(NAME);
    assertThat(listed("")).isEmpty();
  }

  @Test
  void partsAreRead() throws IOException {
    ByteBuffer content = bytes(10_000, 3);
    store.putIfAbsent(NAME, content);
    ByteBuffer direct = ByteBuffer.allocateDirect(4000).position(100).limit(3100);
    store.read(NAME, 7000, direct);
    assertThat(direct.hasRemaining()).isFalse();
    assertThat(direct.flip().position(100)).isEqualTo(content.slice(7000, 3000));
    ByteBuffer heap = ByteBuffer.allocate(1);
    store.read(NAME, 9999, heap);
    assertThat(heap.get(0)).isEqualTo(content.get(9999));
    assertThatThrownBy(() -> store.read(NAME, 7001, ByteBuffer.allocate(3000)))
        .isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> store.read(NAME, 10_000, ByteBuffer.allocate(1)))
        .isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> store.read(NAME, 1L << 40, ByteBuffer.allocate(1)))
        .isInstanceOf(EOFException.class);
  }

  @Test
  void aLongObjectIsNotRead() throws IOException {
    store.putIfAbsent(NAME, bytes(1000, 4));
    assertThat(store.get(NAME, 1000)).contains(bytes(1000, 4));
    assertThatThrownBy(() -> store.get(NAME, 999)).isInstanceOf(ObjectTooLongException.class);
    assertThatThrownBy(() -> store.get(NAME, 0)).isInstanceOf(ObjectTooLongException.class);
  }

  @Test
  void theLongestObjectIsTaken() throws IOException {
    assertThat(store.maxObjectBytes()).isGreaterThanOrEqualTo(1 << 20);
    ByteBuffer content = bytes((int) Math.min(store.maxObjectBytes(), 8 << 20), 5);
    assertThat(store.putIfAbsent(NAME, content)).isTrue();
    assertThat(store.get(NAME, content.capacity())).contains(content);
    ByteBuffer end = ByteBuffer.allocate(1);
    store.read(NAME, content.capacity() - 1L, end);
    assertThat(end.get(0)).isEqualTo(content.get(content.capacity() - 1));
  }

  @Test
  void allOfAPrefixAreListed() throws IOException {
    int count = 2500;
    for (int at = 0; at < count; at++) {
      store.putIfAbsent("data/" + at, bytes(at % 7, at));
    }
    store.putIfAbsent("log/1", bytes(3, 1));
    store.putIfAbsent("volume", bytes(4, 1));
    Map<String, Long> data = listed("data/");
    assertThat(data).hasSize(count).containsEntry("data/2499", 2499L % 7);
    assertThat(listed("log/")).containsExactlyEntriesOf(Map.of("log/1", 3L));
    assertThat(listed("")).hasSize(count + 2).containsEntry("volume", 4L);
    assertThat(listed("zones/")).isEmpty();
  }

  @Test
  void whatIsDeletedIsGone() throws IOException {
    store.putIfAbsent("data/1", bytes(5, 1));
    store.putIfAbsent("data/2", bytes(5, 1));
    store.delete("data/1");
    store.delete("data/1");
    assertThat(store.get("data/1", 5)).isEmpty();
    assertThat(store.get("data/2", 5)).isPresent();
    assertThat(listed("data/")).containsOnlyKeys("data/2");
  }

  @Test
  void oneOfManyPutsOfANameSucceeds() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<ObjectStore> clients = new ArrayList<>();
    try {
      for (int thread = 0; thread < THREADS; thread++) {
        clients.add(client());
      }
      for (int round = 0; round < 50; round++) {
        String name = "log/" + round;
        List<Callable<Boolean>> puts =
            IntStream.range(0, THREADS)
                .<Callable<Boolean>>mapToObj(
                    thread -> () -> clients.get(thread).putIfAbsent(name, bytes(300, thread)))
                .toList();
        int winner = -1;
        List<Future<Boolean>> answers = threads.invokeAll(puts);
        for (int thread = 0; thread < THREADS; thread++) {
          if (answers.get(thread).get()) {
            assertThat(winner).as("two puts of %s succeeded", name).isNegative();
            winner = thread;
          }
        }
        assertThat(winner).as("a put of %s succeeded", name).isNotNegative();
        assertThat(whole(name)).isEqualTo(bytes(300, winner).array());
      }
    } finally {
      threads.shutdownNow();
      for (ObjectStore each : clients) {
        each.close();
      }
    }
  }

  @Test
  void threadsDoNotDisturbEachOther() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Callable<Boolean>> work =
          IntStream.range(0, THREADS)
              .<Callable<Boolean>>mapToObj(
                  thread ->
                      () -> {
                        for (int at = 0; at < 100; at++) {
                          String name = "data/" + thread + "-" + at;
                          ByteBuffer content = bytes(1 + at * 37, thread * 1000L + at);
                          store.putIfAbsent(name, content);
                          ByteBuffer back = ByteBuffer.allocate(content.capacity());
                          store.read(name, 0, back);
                          assertThat(back.flip()).isEqualTo(content);
                          if (at % 3 == 0) {
                            store.delete(name);
                          }
                        }
                        return true;
                      })
              .toList();
      for (Future<Boolean> each : threads.invokeAll(work)) {
        assertThat(each.get()).isTrue();
      }
      assertThat(listed("data/")).hasSize(THREADS * 66);
    } finally {
      threads.shutdownNow();
    }
  }
}
