// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/** What every {@link MetadataStore} and {@link MetadataStores} must do. */
abstract class MetadataStoreContractTest {
  private static final int IMAGES = 8;
  private static final long MOST_BATCHES = 20_000;
  Path directory;
  MetadataStores stores;
  MetadataStore store;
  private long sequence;

  /** A place without an index yet; each name another place. */
  abstract MetadataStores place(String name);

  /** What a crash of the host would leave of an open store; it is closed afterwards. */
  abstract void crash(MetadataStores place, MetadataStore victim) throws IOException;

  @BeforeEach
  void create(@TempDir Path temporary) throws IOException {
    directory = temporary;
    stores = place("index");
    store = stores.create();
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void beginsEmpty() throws IOException {
    assertThat(store.mark()).isEmpty();
    assertThat(store.get(ColumnFamily.META, key(1))).isNull();
    assertThat(scan(key(), null)).isEmpty();
    assertThat(store.memoryBytes()).isNotNegative();
  }

  @Test
  void aPlaceWithoutAnIndexHasNone() throws IOException {
    assertThat(place("elsewhere").openExisting()).isEmpty();
    assertThat(place("elsewhere").describe()).isNotBlank();
  }

  @Test
  void getsWhatWasPutLast() throws IOException {
    apply(batch().put(key(1), key(10)).put(key(2), key(20)));
    apply(batch().put(key(1), key(11)).delete(key(2)).put(key(3), key()));
    assertThat(store.get(ColumnFamily.INODES, key(1))).isEqualTo(key(11));
    assertThat(store.get(ColumnFamily.INODES, key(2))).isNull();
    assertThat(store.get(ColumnFamily.INODES, key(3))).isNotNull().isEmpty();
    assertThat(store.get(ColumnFamily.INODES, key(1, 0))).isNull();
    apply(batch().put(key(2), key(22)));
    assertThat(store.get(ColumnFamily.INODES, key(2))).isEqualTo(key(22));
  }

  @Test
  void keepsFamiliesApart() throws IOException {
    MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();
    for (ColumnFamily family : ColumnFamily.values()) {
      changes.put(family, key(5), key(family.number()));
    }
    apply(changes);
    MetadataStoreHistory.Changes deleteOne = new MetadataStoreHistory.Changes();
    deleteOne.put(ColumnFamily.EXTENTS, key(5), null);
    apply(deleteOne);
    for (ColumnFamily family : ColumnFamily.values()) {
      byte[] wanted = family == ColumnFamily.EXTENTS ? null : key(family.number());
      assertThat(store.get(family, key(5))).as("%s", family).isEqualTo(wanted);
    }
  }

  @Test
  void holdsLargeValues() throws IOException {
    byte[] large = new byte[3 << 20];
    new Random(1).nextBytes(large);
    apply(batch().put(key(1), large));
    assertThat(store.get(ColumnFamily.INODES, key(1))).isEqualTo(large);
    large[7]++;
    assertThat(store.get(ColumnFamily.INODES, key(1))).as("the caller's array").isNotEqualTo(large);
  }

  @Test
  void scansInUnsignedOrderWithinBounds() throws IOException {
    apply(
        batch()
            .put(key(0x80), key())
            .put(key(0xFF, 0xFF), key())
            .put(key(0x7F), key())
            .put(key(0), key())
            .put(key(0xFF), key())
            .put(key(0x7F, 0), key()));
    assertThat(scan(key(), null))
        .isEqualTo(keys(key(0), key(0x7F), key(0x7F, 0), key(0x80), key(0xFF), key(0xFF, 0xFF)));
    assertThat(scan(key(0x7F), key(0xFF))).isEqualTo(keys(key(0x7F), key(0x7F, 0), key(0x80)));
    assertThat(scan(key(0x7F, 0), null).get(0)).isEqualTo(keys(key(0x7F, 0)).get(0));
    assertThat(scan(key(0x80), key(0x80))).isEmpty();
    assertThat(scan(key(0x81), key(0x80))).isEmpty();
    assertThat(scan(key(0xFF, 0xFF, 0), null)).isEmpty();
    assertThat(scan(key(), key())).isEmpty();
  }

  @Test
  void stopsAScanWhenToldAndPassesOnItsErrors() throws IOException {
    apply(batch().put(key(1), key()).put(key(2), key()).put(key(3), key()));
    int[] visits = {0};
    store.scan(ColumnFamily.INODES, key(), null, (key, value) -> ++visits[0] < 2);
    assertThat(visits[0]).isEqualTo(2);
    IOException trouble = new IOException("of the visitor");
    assertThatThrownBy(
            () ->
                store.scan(
                    ColumnFamily.INODES,
                    key(),
                    null,
                    (key, value) -> {
                      throw trouble;
                    }))
        .isSameAs(trouble);
  }

  @Test
  void readsWithinAScan() throws IOException {
    apply(batch().put(key(1), key(10)).put(key(2), key(20)));
    store.scan(
        ColumnFamily.INODES,
        key(),
        null,
        (key, value) -> {
          assertThat(store.get(ColumnFamily.INODES, key)).isEqualTo(value);
          return true;
        });
  }

  @Test
  void deletesRangesInTheOrderOfTheBatch() throws IOException {
    apply(batch().put(key(1), key()).put(key(2), key()).put(key(3), key()).put(key(4), key()));
    apply(batch().put(key(2, 1), key()).deleteRange(key(2), key(4)).put(key(3), key(33)));
    assertThat(store.get(ColumnFamily.INODES, key(2, 1))).isNull();
    assertThat(store.get(ColumnFamily.INODES, key(3))).isEqualTo(key(33));
    assertThat(store.get(ColumnFamily.INODES, key(4))).isNotNull();
    assertThat(scan(key(), null)).hasSize(3);
  }

  @Test
  void deletesNothingWithAnEmptyRange() throws IOException {
    apply(batch().put(key(1), key()).put(key(2), key()).put(key(3), key()));
    apply(batch().deleteRange(key(2), key(2)).deleteRange(key(3), key(1)).put(key(4), key()));
    assertThat(scan(key(), null)).hasSize(4);
  }

  @Test
  void movesTheMarkWithEachBatch() throws IOException {
    AppliedPosition first = apply(batch().put(key(1), key()));
    assertThat(store.mark()).contains(first);
    AppliedPosition second = apply(batch());
    assertThat(store.mark()).contains(second);
  }

  @Test
  void appliesNothingOfABatchThatCannotBeRead() throws IOException {
    AppliedPosition before = apply(batch().put(key(1), key(10)));
    IOException trouble = new IOException("of the batch");
    assertThatThrownBy(
            () ->
                store.apply(
                    sink -> {
                      sink.put(ColumnFamily.INODES, key(1), key(11));
                      sink.deleteRange(ColumnFamily.INODES, key(0), key(9));
                      throw trouble;
                    },
                    mark(99)))
        .isSameAs(trouble);
    assertThat(store.mark()).contains(before);
    assertThat(store.get(ColumnFamily.INODES, key(1))).isEqualTo(key(10));
  }

  @Test
  void doesWhatTheReferenceDoes() throws IOException {
    MetadataStoreHistory history = new MetadataStoreHistory(MetadataStoreHistory.newSeed(), 40);
    MetadataStoreHistory.State wanted = new MetadataStoreHistory.State();
    for (int s = 1; s <= 250; s++) {
      store.apply(history.batch(s), history.mark(s));
      history.batch(s).forEach(wanted);
      // Reading everything in between fills caches with what the next batch makes stale.
      wanted.assertSameAs(store, history.repeatWith() + " batch " + s);
      if (s % 80 == 0) {
        store.flush();
      }
    }
    for (ColumnFamily family : ColumnFamily.values()) {
      NavigableMap<byte[], byte[]> keys = wanted.family(family);
      for (byte[] from : keys.keySet()) {
        for (byte[] to : keys.tailMap(from, true).keySet()) {
          assertThat(MetadataStoreHistory.scan(store, family, from, to))
              .as(history.repeatWith())
              .hasSize(keys.subMap(from, to).size());
        }
      }
    }
  }

  @Test
  void isThereAgainAfterFlush() throws IOException {
    MetadataStoreHistory history = new MetadataStoreHistory(MetadataStoreHistory.newSeed(), 100);
    history.apply(store, 0, 150);
    store.flush();
    store.close();
    store = stores.openExisting().orElseThrow();
    assertThat(history.assertPrefix(store)).isEqualTo(150);
  }

  @Test
  void isAPrefixAfterACrash() throws IOException {
    // Large enough values that some stores write by themselves, between the flushes too.
    MetadataStoreHistory history =
        new MetadataStoreHistory(MetadataStoreHistory.newSeed(), 120_000);
    Random random = new Random(history.mark(1).chain());
    long applied = 0;
    for (int round = 0; round < 5; round++) {
      long to = applied + 1 + random.nextInt(60);
      history.apply(store, applied, to);
      long durable = 0;
      if (random.nextBoolean()) {
        store.flush();
        durable = to;
        to += random.nextInt(60);
        history.apply(store, durable, to);
      }
      crash(stores, store);
      store = stores.openExisting().orElseThrow();
      applied = history.assertPrefix(store);
      assertThat(applied).as(history.repeatWith()).isBetween(durable, to);
    }
  }

  @Test
  void restoresACheckpointElsewhere() throws IOException {
    MetadataStoreHistory history = new MetadataStoreHistory(MetadataStoreHistory.newSeed(), 100);
    history.apply(store, 0, 100);
    try (CheckpointContent content = store.checkpoint()) {
      assertThat(content.mark()).isEqualTo(history.mark(100));
      history.apply(store, 100, 200);
      store.flush();
      MetadataStores elsewhere = place("elsewhere");
      try (MetadataStore restored = elsewhere.restore(content)) {
        assertThat(history.assertPrefix(restored)).isEqualTo(100);
        history.apply(restored, 100, 130);
        restored.flush();
      }
      try (MetadataStore reopened = elsewhere.openExisting().orElseThrow()) {
        assertThat(history.assertPrefix(reopened)).isEqualTo(130);
      }
    }
    assertThat(history.assertPrefix(store)).isEqualTo(200);
  }

  /** Batches go on beside it, and none is in it by half. */
  @Test
  void takesAnImageOfOneMoment() throws Exception {
    MetadataStoreHistory history = new MetadataStoreHistory(MetadataStoreHistory.newSeed(), 100);
    history.apply(store, 0, 1);
    AtomicLong applied = new AtomicLong(1);
    AtomicBoolean enough = new AtomicBoolean();
    ExecutorService writer = Executors.newSingleThreadExecutor();
    try {
      Future<?> writing =
          writer.submit(
              () -> {
                while (!enough.get() && applied.get() < MOST_BATCHES) {
                  history.apply(store, applied.get(), applied.get() + 1);
                  applied.incrementAndGet();
                }
                return null;
              });
      for (int image = 0; image < IMAGES; image++) {
        long before = applied.get();
        try (CheckpointContent content = store.checkpoint();
            MetadataStore restored = place("image" + image).restore(content)) {
          assertThat(history.assertPrefix(restored)).isBetween(before, applied.get() + 1);
          assertThat(content.mark()).isEqualTo(restored.mark().orElseThrow());
        }
      }
      enough.set(true);
      writing.get();
    } finally {
      enough.set(true);
      writer.shutdown();
    }
    assertThat(history.assertPrefix(store)).isEqualTo(applied.get());
  }

  @Test
  void makesACheckpointDurableHere() throws IOException {
    MetadataStoreHistory history = new MetadataStoreHistory(MetadataStoreHistory.newSeed(), 100);
    history.apply(store, 0, 20);
    store.checkpoint().close();
    crash(stores, store);
    store = stores.openExisting().orElseThrow();
    assertThat(history.assertPrefix(store)).isEqualTo(20);
  }

  @Test
  void hasNoCheckpointOfNothing() {
    assertThatThrownBy(() -> store.checkpoint()).isInstanceOf(IOException.class);
  }

  @Test
  void hashesTheContentOfItsFiles() throws Exception {
    apply(batch().put(key(1), key(10)));
    Map<String, String> first = new HashMap<>();
    try (CheckpointContent content = store.checkpoint()) {
      assertThat(content.files()).isNotEmpty();
      for (CheckpointContent.FileInfo file : content.files()) {
        byte[] bytes = read(content, file);
        assertThat(bytes).hasSize((int) file.sizeBytes());
        assertThat(sha256(bytes)).isEqualTo(file.contentHash());
        first.put(file.name(), file.contentHash());
      }
    }
    try (CheckpointContent again = store.checkpoint()) {
      for (CheckpointContent.FileInfo file : again.files()) {
        assertThat(first).as("nothing was changed").containsEntry(file.name(), file.contentHash());
      }
    }
  }

  @Test
  void refusesACheckpointThatIsNotRightAndKeepsWhatItHas() throws IOException {
    AppliedPosition before = apply(batch().put(key(1), key(10)));
    try (CheckpointContent content = store.checkpoint()) {
      store.close();
      refuses(new ChangedContent(content, "no-such-format", content.mark(), null));
      refuses(new ChangedContent(content, content.format(), mark(77), null));
      for (CheckpointContent.FileInfo file : content.files()) {
        refuses(new ChangedContent(content, content.format(), content.mark(), file));
      }
    }
    store = stores.openExisting().orElseThrow();
    assertThat(store.mark()).contains(before);
    assertThat(store.get(ColumnFamily.INODES, key(1))).isEqualTo(key(10));
  }

  private void refuses(CheckpointContent content) {
    assertThatThrownBy(() -> stores.restore(content)).isInstanceOf(IOException.class);
  }

  @Test
  void setsAsideWhatIsThereForAnother() throws IOException {
    apply(batch().put(key(1), key(10)));
    store.flush();
    store.close();
    store = stores.create();
    assertThat(store.mark()).isEmpty();
    assertThat(store.get(ColumnFamily.INODES, key(1))).isNull();
    store.close();
    stores.setAside("for this test");
    assertThat(stores.openExisting()).isEmpty();
    stores.setAside("nothing is there");
  }

  @Test
  void isOpenedOnlyOnce() {
    assertThatThrownBy(() -> stores.openExisting()).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> stores.create()).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> stores.setAside("no")).isInstanceOf(IOException.class);
  }

  @Test
  void failsWithWordsWhenClosed() throws IOException {
    apply(batch().put(key(1), key(10)));
    store.close();
    store.close();
    assertThatThrownBy(() -> store.mark())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> store.get(ColumnFamily.INODES, key(2)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> scan(key(), null)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> apply(batch())).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> store.flush()).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> store.checkpoint()).isInstanceOf(IOException.class);
    assertThat(store.memoryBytes()).isNotNegative();
  }

  @Test
  void servesReadersNothingOldWhileItIsWritten() throws Exception {
    AtomicLong applied = new AtomicLong();
    int keys = 16;
    MetadataStoreReaders readers = new MetadataStoreReaders(store, applied, keys);
    try {
      for (long n = 1; n <= 1500; n++) {
        MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();
        if (n % 3 == 0) {
          changes.deleteRange(ColumnFamily.INODES, key(0), key(keys));
        }
        for (int k = 0; k < keys; k++) {
          changes.put(ColumnFamily.INODES, key(k), MetadataStoreReaders.value(n));
        }
        store.apply(changes, mark(n));
        applied.set(n);
        if (n % 500 == 0) {
          store.flush();
        }
      }
      readers.assertNothingWrong();
    } finally {
      readers.stop();
    }
  }

  private AppliedPosition apply(MetadataStoreHistory.Changes changes) throws IOException {
    AppliedPosition mark = mark(++sequence);
    store.apply(changes, mark);
    return mark;
  }

  private AppliedPosition apply(Inodes inodes) throws IOException {
    return apply(inodes.changes);
  }

  static AppliedPosition mark(long sequence) {
    return new AppliedPosition(new UUID(1, 2), sequence, sequence * 1000);
  }

  private List<String> scan(byte[] from, byte @Nullable [] to) throws IOException {
    return MetadataStoreHistory.scan(store, ColumnFamily.INODES, from, to);
  }

  private static List<String> keys(byte[]... keys) {
    return Arrays.stream(keys).map(k -> MetadataStoreHistory.show(k, key())).toList();
  }

  static byte[] key(int... bytes) {
    byte[] key = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      key[i] = (byte) bytes[i];
    }
    return key;
  }

  private static Inodes batch() {
    return new Inodes();
  }

  static byte[] read(CheckpointContent content, CheckpointContent.FileInfo file)
      throws IOException {
    try (InputStream in = content.open(file)) {
      return in.readAllBytes();
    }
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  /** Changes of one family, in a row. */
  private static final class Inodes {
    final MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();

    Inodes put(byte[] key, byte[] value) {
      changes.put(ColumnFamily.INODES, key, value);
      return this;
    }

    Inodes delete(byte[] key) {
      changes.put(ColumnFamily.INODES, key, null);
      return this;
    }

    Inodes deleteRange(byte[] from, byte[] to) {
      changes.deleteRange(ColumnFamily.INODES, from, to);
      return this;
    }
  }

  /** A checkpoint that is not what it says, in one point. */
  private record ChangedContent(
      CheckpointContent content,
      String format,
      AppliedPosition mark,
      CheckpointContent.@Nullable FileInfo damaged)
      implements CheckpointContent {
    @Override
    public List<FileInfo> files() {
      return content.files();
    }

    @Override
    public InputStream open(FileInfo file) throws IOException {
      byte[] bytes = read(content, file);
      if (file.equals(damaged)) {
        bytes[bytes.length / 2] ^= 1;
      }
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public void close() {
      // The content belongs to the test.
    }
  }
}
