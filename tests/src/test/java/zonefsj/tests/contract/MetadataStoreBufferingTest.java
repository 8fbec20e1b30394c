// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.BufferingMetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/**
 * Changes leave a buffer by its thread: in bad moments of scans, to a slow store, and a broken one.
 */
final class MetadataStoreBufferingTest {
  private static final byte[] A = {1};
  private static final byte[] B = {2};
  private static final byte[] C = {3};
  private static final long PLENTY_BYTES = 16 << 20;
  private static final long FEW_BYTES = 10_000;
  private static final int BATCHES = 400;
  private static final int VALUE_BYTES = 40;

  private HookedStore below;
  private @Nullable BufferingMetadataStore store;

  /** Runs a step at chosen moments. */
  private static final class HookedStore extends DelegatingStore {
    /** Before a scan begins; once. */
    @Nullable Step beforeScan;

    /** When a scan has begun, before its first entry is passed on; once. */
    @Nullable Step atFirstEntry;

    Optional<AppliedPosition> markAtCompaction = Optional.empty();
    volatile @Nullable CountDownLatch heldUp;
    final CountDownLatch isHeldUp = new CountDownLatch(1);
    volatile @Nullable IOException broken;

    HookedStore(MetadataStore delegate) {
      super(delegate);
    }

    @Override
    public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
        throws IOException {
      Step before = beforeScan;
      beforeScan = null;
      if (before != null) {
        before.run();
      }
      super.scan(
          family,
          from,
          to,
          (key, value) -> {
            Step first = atFirstEntry;
            atFirstEntry = null;
            if (first != null) {
              first.run();
            }
            return visitor.visit(key, value);
          });
    }

    @Override
    public void compact() throws IOException {
      markAtCompaction = mark();
      super.compact();
    }

    @Override
    public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
      CountDownLatch latch = heldUp;
      IOException failure = broken;
      try {
        if (latch != null) {
          isHeldUp.countDown();
          assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        }
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      if (failure != null) {
        throw failure;
      }
      super.apply(batch, mark);
    }
  }

  /** A step of a test. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  @BeforeEach
  void open() throws IOException {
    below = new HookedStore(new MemoryMetadataStores().create());
  }

  @AfterEach
  void close() throws IOException {
    BufferingMetadataStore open = store;
    if (open != null) {
      open.close();
    }
  }

  private BufferingMetadataStore buffering(long mostBytes) {
    BufferingMetadataStore made =
        new BufferingMetadataStore(below, mostBytes, () -> 0, ThreadGuard.LOGGING);
    store = made;
    return made;
  }

  /** Gives the keys the number of the batch as their value. */
  private static void put(MetadataStore to, int number, byte[]... keys) throws IOException {
    MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();
    for (byte[] key : keys) {
      changes.put(ColumnFamily.INODES, key, new byte[] {(byte) number});
    }
    to.apply(changes, MetadataStoreContractTest.mark(number));
  }

  private static List<String> scan(MetadataStore of) throws IOException {
    return MetadataStoreHistory.scan(of, ColumnFamily.INODES, new byte[0], null);
  }

  private static List<String> shown(int... keysAndNumbers) {
    List<String> shown = new ArrayList<>();
    for (int index = 0; index < keysAndNumbers.length; index += 2) {
      shown.add(
          MetadataStoreHistory.show(
              new byte[] {(byte) keysAndNumbers[index]},
              new byte[] {(byte) keysAndNumbers[index + 1]}));
    }
    return shown;
  }

  @Test
  void aBatchThatLeavesBeforeAScanBeginsIsSeenWhole() throws IOException {
    BufferingMetadataStore buffering = buffering(PLENTY_BYTES);
    put(buffering, 1, A);
    below.beforeScan =
        () -> {
          put(buffering, 2, A, B);
          assertThat(buffering.drainNow()).isTrue();
        };
    assertThat(scan(buffering)).isEqualTo(shown(1, 2, 2, 2));
  }

  @Test
  void aBatchThatLeavesWhenAScanHasBegunIsSeen() throws IOException {
    BufferingMetadataStore buffering = buffering(PLENTY_BYTES);
    put(buffering, 1, A);
    assertThat(buffering.drainNow()).isTrue();
    below.atFirstEntry =
        () -> {
          put(buffering, 2, B);
          assertThat(buffering.drainNow()).isTrue();
          put(buffering, 3, C);
        };
    assertThat(scan(buffering)).isEqualTo(shown(1, 1, 2, 2, 3, 3));
  }

  @Test
  void aBatchThatLeavesTheBufferEmptyWhenAScanHasBegunIsSeen() throws IOException {
    BufferingMetadataStore buffering = buffering(PLENTY_BYTES);
    put(buffering, 1, A);
    assertThat(buffering.drainNow()).isTrue();
    put(buffering, 2, B);
    below.atFirstEntry = () -> assertThat(buffering.drainNow()).isTrue();
    assertThat(scan(buffering)).isEqualTo(shown(1, 1, 2, 2));
  }

  /** It is too long for the memory, and goes to the store below at once. */
  @Test
  void aLongBatchThatPassesTheBufferWhenAScanHasBegunIsSeen() throws IOException {
    BufferingMetadataStore buffering = buffering(FEW_BYTES);
    put(buffering, 1, A);
    assertThat(buffering.drainNow()).isTrue();
    below.atFirstEntry =
        () -> {
          MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();
          changes.put(ColumnFamily.INODES, B, new byte[] {2});
          changes.put(ColumnFamily.META, B, new byte[(int) FEW_BYTES]);
          buffering.apply(changes, MetadataStoreContractTest.mark(2));
          put(buffering, 3, C);
        };
    assertThat(scan(buffering)).isEqualTo(shown(1, 1, 2, 2, 3, 3));
    assertThat(scan(below)).isEqualTo(shown(1, 1, 2, 2));
  }

  @Test
  void whatIsAppliedWhileChangesLeaveStays() throws Exception {
    BufferingMetadataStore buffering = buffering(PLENTY_BYTES);
    put(buffering, 1, A, B);
    CountDownLatch heldUp = new CountDownLatch(1);
    below.heldUp = heldUp;
    CompletableFuture<Boolean> drain = CompletableFuture.supplyAsync(() -> drained(buffering));
    assertThat(below.isHeldUp.await(1, TimeUnit.MINUTES)).isTrue();
    MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();
    changes.put(ColumnFamily.INODES, A, null);
    changes.put(ColumnFamily.INODES, C, new byte[] {2});
    buffering.apply(changes, MetadataStoreContractTest.mark(2));
    assertThat(scan(buffering)).isEqualTo(shown(2, 1, 3, 2));
    heldUp.countDown();
    assertThat(drain.get(1, TimeUnit.MINUTES)).isTrue();
    assertThat(scan(buffering)).isEqualTo(shown(2, 1, 3, 2));
    assertThat(buffering.drainNow()).isTrue();
    assertThat(scan(below)).isEqualTo(shown(2, 1, 3, 2));
  }

  private static boolean drained(BufferingMetadataStore buffering) {
    try {
      return buffering.drainNow();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aCompactionIncludesWhatIsInMemory() throws IOException {
    BufferingMetadataStore buffering = buffering(PLENTY_BYTES);
    put(buffering, 1, A);
    buffering.compact();
    assertThat(below.markAtCompaction).contains(MetadataStoreContractTest.mark(1));
  }

  @Test
  void changesLeaveByThemselves() throws Exception {
    BufferingMetadataStore buffering = buffering(PLENTY_BYTES);
    put(buffering, 1, A);
    while (scan(below).isEmpty() || buffering.memoryBytes() > below.memoryBytes()) {
      Thread.sleep(10);
    }
    assertThat(buffering.mark()).contains(MetadataStoreContractTest.mark(1));
  }

  @Test
  void aBatchWaitsForASlowStoreWhenMemoryIsFull() throws Exception {
    BufferingMetadataStore buffering = buffering(FEW_BYTES);
    MetadataStoreHistory history = new MetadataStoreHistory(1, VALUE_BYTES);
    CountDownLatch heldUp = new CountDownLatch(1);
    below.heldUp = heldUp;
    CompletableFuture<Void> all =
        CompletableFuture.runAsync(
            () -> {
              try {
                history.apply(buffering, 0, BATCHES);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    while (buffering.freeBytes() > FEW_BYTES / 2) {
      Thread.sleep(1);
    }
    assertThat(buffering.buffered()).as("nothing is refused").isEmpty();
    assertThat(below.mark()).isEmpty();
    heldUp.countDown();
    all.get(1, TimeUnit.MINUTES);
    assertThat(history.assertPrefix(buffering)).isEqualTo(BATCHES);
  }

  @Test
  void whatBreaksTheStoreBelowIsToldWithTheNextChange() throws Exception {
    BufferingMetadataStore buffering = buffering(PLENTY_BYTES);
    IOException broken = new IOException("of the store below");
    below.broken = broken;
    put(buffering, 1, A);
    assertThatThrownBy(
            () -> {
              for (int number = 2; ; number++) {
                put(buffering, number, B);
                Thread.sleep(10);
              }
            })
        .isSameAs(broken);
    assertThatThrownBy(buffering::flush).isSameAs(broken);
    assertThat(buffering.get(ColumnFamily.INODES, A)).isEqualTo(new byte[] {1});
  }
}
