// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CachingMetadataStore;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** What the cache does beyond the contract: hits, bounds, errors, and loads in bad moments. */
final class MetadataStoreCachingTest {
  private static final byte[] KEY = {1};
  private static final byte[] OLD = {10};
  private static final byte[] NEW = {11};

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private SlowStore below;
  private CachingMetadataStore store;

  @BeforeEach
  void open() throws IOException {
    below = new SlowStore(new MemoryMetadataStores().create());
    store = new CachingMetadataStore(below, 100_000);
    store.apply(put(OLD), MetadataStoreContractTest.mark(1));
  }

  @AfterEach
  void close() throws IOException {
    threads.shutdownNow();
    store.close();
  }

  private static MetadataBatch put(byte @Nullable [] value) {
    MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();
    changes.put(ColumnFamily.INODES, KEY, value);
    return changes;
  }

  @Test
  void answersFromMemoryAlsoThatNothingIsThere() throws IOException {
    for (int i = 0; i < 4; i++) {
      assertThat(store.get(ColumnFamily.INODES, KEY)).isEqualTo(OLD);
      assertThat(store.get(ColumnFamily.ENTRIES, KEY)).isNull();
    }
    assertThat(below.gets).hasValue(2);
    assertThat(store.statistics().hits()).isEqualTo(6);
    assertThat(store.statistics().misses()).isEqualTo(2);
    assertThat(store.statistics().entries()).isEqualTo(2);
    assertThat(store.statistics().hitRate()).isEqualTo(0.75);
  }

  @Test
  void staysWithinItsBytes() throws IOException {
    long before = below.memoryBytes();
    for (int i = 0; i < 5000; i++) {
      assertThat(store.get(ColumnFamily.XATTRS, MetadataStoreContractTest.key(i >> 8, i))).isNull();
    }
    assertThat(store.memoryBytes() - before).isBetween(50_000L, 100_000L);
    assertThat(store.statistics().entries()).isLessThan(1000);
  }

  @Test
  void aLoadUnderWayBringsNothingOldPastAPut() throws Exception {
    CompletableFuture<byte @Nullable []> reader = startSlowGet();
    CompletableFuture<Void> writer = apply(put(NEW));
    below.release();
    writer.get(10, TimeUnit.SECONDS);
    assertThat(store.get(ColumnFamily.INODES, KEY)).isEqualTo(NEW);
    assertThat(reader.get(10, TimeUnit.SECONDS)).isIn(OLD, NEW);
  }

  @Test
  void aLoadUnderWayBringsNothingOldPastADeletedRange() throws Exception {
    CompletableFuture<byte @Nullable []> reader = startSlowGet();
    MetadataStoreHistory.Changes range = new MetadataStoreHistory.Changes();
    range.deleteRange(ColumnFamily.INODES, new byte[] {0}, new byte[] {2});
    // It cannot know of the load, and does not wait.
    apply(range).get(10, TimeUnit.SECONDS);
    below.release();
    reader.get(10, TimeUnit.SECONDS);
    assertThat(store.get(ColumnFamily.INODES, KEY)).isNull();
    assertThat(store.get(ColumnFamily.INODES, KEY)).isNull();
  }

  @Test
  void forgetsWhatABatchThatFailedMayHaveChanged() throws IOException {
    assertThat(store.get(ColumnFamily.INODES, KEY)).isEqualTo(OLD);
    below.failure = new IOException("of the store below");
    assertThatThrownBy(() -> store.apply(put(NEW), MetadataStoreContractTest.mark(2)))
        .isSameAs(below.failure);
    assertThatThrownBy(() -> store.get(ColumnFamily.INODES, KEY)).isSameAs(below.failure);
    below.failure = null;
    assertThat(store.get(ColumnFamily.INODES, KEY)).as("an error is not kept").isEqualTo(OLD);
  }

  /** Starts a get that has read the old value below but not returned. */
  private CompletableFuture<byte @Nullable []> startSlowGet() throws InterruptedException {
    below.slow = true;
    CompletableFuture<byte @Nullable []> result = new CompletableFuture<>();
    threads.execute(
        () -> {
          try {
            result.complete(store.get(ColumnFamily.INODES, KEY));
          } catch (IOException | RuntimeException e) {
            result.completeExceptionally(e);
          }
        });
    assertThat(below.hasRead.await(10, TimeUnit.SECONDS)).isTrue();
    below.slow = false;
    return result;
  }

  private CompletableFuture<Void> apply(MetadataBatch batch) throws InterruptedException {
    CompletableFuture<Void> result = new CompletableFuture<>();
    threads.execute(
        () -> {
          try {
            store.apply(batch, MetadataStoreContractTest.mark(2));
            result.complete(null);
          } catch (IOException | RuntimeException e) {
            result.completeExceptionally(e);
          }
        });
    // So that the old value, which the load holds, is old before it is released.
    assertThat(below.hasApplied.await(10, TimeUnit.SECONDS)).isTrue();
    return result;
  }

  /** Waits between reading and returning when told to, and fails when told to. */
  private static final class SlowStore extends DelegatingStore {
    final CountDownLatch hasRead = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    /** Of the batch of the test itself and the one before it. */
    final CountDownLatch hasApplied = new CountDownLatch(2);

    volatile boolean slow;
    final AtomicInteger gets = new AtomicInteger();
    volatile @Nullable IOException failure;

    SlowStore(MetadataStore delegate) {
      super(delegate);
    }

    void release() {
      released.countDown();
    }

    @Override
    public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
      boolean wait = slow;
      failIfTold();
      gets.incrementAndGet();
      byte[] value = super.get(family, key);
      if (wait) {
        hasRead.countDown();
        try {
          assertThat(released.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
      return value;
    }

    private void failIfTold() throws IOException {
      IOException told = failure;
      if (told != null) {
        throw told;
      }
    }

    @Override
    public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
      failIfTold();
      super.apply(batch, mark);
      hasApplied.countDown();
    }
  }
}
