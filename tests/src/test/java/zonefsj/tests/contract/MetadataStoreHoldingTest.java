// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.BufferingMetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.tests.crash.RefusingStores;

/** Changes that the host refuses are held, seen, bounded, and handed on as one. */
final class MetadataStoreHoldingTest {
  private static final int BATCHES = 400;
  private static final int VALUE_BYTES = 40;
  private static final long PLENTY_BYTES = 16 << 20;
  private static final int LONG_MILLIS = 1000;

  private final MemoryMetadataStores place = new MemoryMetadataStores();
  private final RefusingStores stores = new RefusingStores(place);
  private MetadataStore below;
  private long nowMillis;

  @BeforeEach
  void create() throws IOException {
    below = stores.create();
  }

  @AfterEach
  void close() throws IOException {
    below.close();
  }

  private BufferingMetadataStore holding(long mostBytes) {
    return new BufferingMetadataStore(below, mostBytes, () -> nowMillis, null);
  }

  @Test
  void isTheSameWhetherTheHostTakesChangesOrNot() throws IOException {
    long seed = MetadataStoreHistory.newSeed();
    MetadataStoreHistory history = new MetadataStoreHistory(seed, VALUE_BYTES);
    Random random = new Random(seed);
    BufferingMetadataStore store = holding(PLENTY_BYTES);
    int buffered = 0;
    for (long sequence = 1; sequence <= BATCHES; sequence++) {
      if (random.nextInt(12) == 0) {
        stores.refuse(random.nextBoolean());
      }
      nowMillis += random.nextInt(LONG_MILLIS);
      history.apply(store, sequence - 1, sequence);
      buffered += store.buffered().isPresent() ? 1 : 0;
      if (random.nextInt(8) == 0) {
        assertThat(history.assertPrefix(store)).isEqualTo(sequence);
        assertThat(history.assertPrefix(below)).isLessThanOrEqualTo(sequence);
        assertPartsAreInOrder(store, history.stateAfter(sequence), random);
      }
    }
    assertThat(buffered).as(history.repeatWith()).isBetween(BATCHES / 10, BATCHES - BATCHES / 10);
    stores.refuse(false);
    nowMillis += LONG_MILLIS;
    assertThat(store.drainIfDue()).isTrue();
    assertThat(store.buffered()).isEmpty();
    assertThat(history.assertPrefix(below)).isEqualTo(BATCHES);
  }

  /** Any range, and any stop in it. */
  private static void assertPartsAreInOrder(
      MetadataStore store, MetadataStoreHistory.State state, Random random) throws IOException {
    for (ColumnFamily family : ColumnFamily.values()) {
      List<byte[]> keys = new ArrayList<>(state.family(family).keySet());
      if (keys.size() < 2) {
        continue;
      }
      int from = random.nextInt(keys.size());
      int to = from + random.nextInt(keys.size() - from);
      int most = 1 + random.nextInt(keys.size());
      List<byte[]> seen = new ArrayList<>();
      store.scan(
          family,
          keys.get(from),
          keys.get(to),
          (key, value) -> {
            seen.add(key);
            return seen.size() < most;
          });
      assertThat(seen)
          .usingElementComparator(java.util.Arrays::compareUnsigned)
          .isEqualTo(keys.subList(from, Math.min(to, from + most)));
    }
  }

  @Test
  void asksTheHostOnceASecond() throws IOException {
    MetadataStoreHistory history = new MetadataStoreHistory(1, VALUE_BYTES);
    BufferingMetadataStore store = holding(PLENTY_BYTES);
    stores.refuse(true);
    history.apply(store, 0, 1);
    assertThat(store.buffered().orElseThrow().why()).isEqualTo(RefusingStores.WORDS);
    stores.refuse(false);
    nowMillis += LONG_MILLIS - 1;
    assertThat(store.drainIfDue()).isFalse();
    nowMillis++;
    assertThat(store.drainIfDue()).isTrue();
    assertThat(history.assertPrefix(below)).isEqualTo(1);
  }

  @Test
  void stopsInTheMiddleOfABatchThatItCannotHold() throws IOException {
    BufferingMetadataStore store = holding(100_000);
    stores.refuse(true);
    int[] given = {0};
    assertThatThrownBy(
            () ->
                store.apply(
                    sink -> {
                      for (; given[0] < 1_000_000; given[0]++) {
                        byte[] key = ByteBuffer.allocate(8).putLong(given[0]).array();
                        sink.put(ColumnFamily.INODES, key, null);
                      }
                    },
                    new MetadataStoreHistory(2, VALUE_BYTES).mark(1)))
        .isInstanceOf(HostException.class);
    assertThat(given[0]).isLessThan(5_000);
    assertThat(store.buffered()).isEmpty();
  }

  @Test
  void refusesWhatItCannotHold() throws IOException {
    MetadataStoreHistory history = new MetadataStoreHistory(2, VALUE_BYTES);
    long mostBytes = 10_000;
    BufferingMetadataStore store = holding(mostBytes);
    history.apply(store, 0, 3);
    stores.refuse(true);
    assertThatThrownBy(() -> history.apply(store, 3, BATCHES))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("more than 10000 bytes")
        .hasMessageContaining(RefusingStores.WORDS);
    long reached = history.assertPrefix(store);
    assertThat(reached).isBetween(4L, BATCHES - 1L);
    assertThat(store.buffered().orElseThrow().bytes()).isLessThanOrEqualTo(mostBytes);
    assertThat(store.memoryBytes() - below.memoryBytes()).isPositive();
    stores.refuse(false);
    nowMillis += LONG_MILLIS;
    history.apply(store, reached, BATCHES);
    assertThat(history.assertPrefix(below)).isEqualTo(BATCHES);
  }

  /** One record deletes the extents of a whole file, and must not list them. */
  @Test
  void aRangeTakesNoMemoryForItsKeys() throws IOException {
    int keys = 20_000;
    BufferingMetadataStore store = holding(PLENTY_BYTES);
    MetadataStoreHistory history = new MetadataStoreHistory(5, VALUE_BYTES);
    MetadataStoreHistory.Changes many = new MetadataStoreHistory.Changes();
    for (int i = 0; i < keys; i++) {
      many.put(ColumnFamily.EXTENTS, key(i), new byte[] {1});
    }
    store.apply(many, history.mark(1));
    stores.refuse(true);
    MetadataStoreHistory.Changes fewer = new MetadataStoreHistory.Changes();
    fewer.deleteRange(ColumnFamily.EXTENTS, key(10), key(keys - 10));
    fewer.deleteRange(ColumnFamily.EXTENTS, key(keys - 20), key(keys - 5));
    fewer.put(ColumnFamily.EXTENTS, key(15), new byte[0]);
    store.apply(fewer, history.mark(2));
    assertThat(store.buffered().orElseThrow().bytes()).isLessThan(1000);
    List<String> wanted = MetadataStoreHistory.scan(store, ColumnFamily.EXTENTS, new byte[0], null);
    assertThat(wanted).hasSize(10 + 1 + 5);
    assertThat(store.get(ColumnFamily.EXTENTS, key(15))).isEmpty();
    assertThat(store.get(ColumnFamily.EXTENTS, key(16))).isNull();
    stores.refuse(false);
    assertThat(store.drainNow()).isTrue();
    assertThat(MetadataStoreHistory.scan(below, ColumnFamily.EXTENTS, new byte[0], null))
        .isEqualTo(wanted);
  }

  private static byte[] key(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  @Test
  void neitherFlushesNorTakesAnImageOfAPart() throws IOException {
    MetadataStoreHistory history = new MetadataStoreHistory(3, VALUE_BYTES);
    BufferingMetadataStore store = holding(PLENTY_BYTES);
    history.apply(store, 0, 1);
    stores.refuse(true);
    history.apply(store, 1, 2);
    assertThatThrownBy(store::flush).isInstanceOf(HostException.class);
    assertThatThrownBy(store::checkpoint).isInstanceOf(HostException.class);
    stores.refuse(false);
    history.apply(store, 2, 3);
    assertThat(store.buffered()).as("not tried again yet").isPresent();
    store.flush();
    store.checkpoint().close();
    place.crash();
    try (MetadataStore again = place.openExisting().orElseThrow()) {
      assertThat(history.assertPrefix(again)).isEqualTo(3);
    }
  }

  @Test
  void aScanSeesOneStateWhileChangesAreHandedOn() throws Exception {
    MetadataStoreHistory history = new MetadataStoreHistory(4, VALUE_BYTES);
    BufferingMetadataStore store = holding(PLENTY_BYTES);
    history.apply(store, 0, 20);
    stores.refuse(true);
    history.apply(store, 20, 40);
    stores.refuse(false);
    nowMillis += LONG_MILLIS;
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    List<String> seen = new ArrayList<>();
    CompletableFuture<Void> scan =
        CompletableFuture.runAsync(
            () -> {
              try {
                store.scan(
                    ColumnFamily.META,
                    new byte[0],
                    null,
                    (key, value) -> {
                      begun.countDown();
                      await(goOn);
                      return seen.add(MetadataStoreHistory.show(key, value));
                    });
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    await(begun);
    assertThat(store.drainIfDue()).as("while a scan reads both").isTrue();
    goOn.countDown();
    scan.get(1, TimeUnit.MINUTES);
    List<String> wanted = new ArrayList<>();
    history
        .stateAfter(40)
        .family(ColumnFamily.META)
        .forEach((key, value) -> wanted.add(MetadataStoreHistory.show(key, value)));
    assertThat(seen).isEqualTo(wanted);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
