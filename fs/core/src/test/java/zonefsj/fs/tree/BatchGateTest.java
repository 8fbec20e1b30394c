// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import zonefsj.fs.TestThread;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;

/** An operation is in one batch, as a whole, and in no other. */
class BatchGateTest {
  private static final int THREADS = 4;
  private static final int OPERATIONS = 2_000;
  private static final byte[] VALUE = {1};

  private final BatchGate gate = new BatchGate();

  private static byte[] key(long number) {
    return Keys.inode(number);
  }

  private BatchGate.Sealed<Integer> seal() {
    return gate.seal(() -> 0);
  }

  private void change(long number) {
    gate.enter().put(ColumnFamily.INODES, key(number), VALUE);
    gate.exit();
  }

  @Test
  void aSealWaitsForThoseInside() throws Exception {
    Batch entered = gate.enter();
    AtomicReference<Batch> sealed = new AtomicReference<>();
    TestThread sealer = new TestThread("sealer", () -> sealed.set(seal().batch()));
    sealer.awaitWaiting();
    assertThat(gate.layers().sealed()).isNull();
    entered.put(ColumnFamily.INODES, key(1), VALUE);
    gate.exit();
    sealer.finish();
    assertThat(sealed.get()).isSameAs(entered).isSameAs(gate.layers().sealed());
    assertThat(entered.of(ColumnFamily.INODES)).containsKey(key(1));
  }

  /** A write calls what enters by itself: it must not wait for a seal that waits for it. */
  @Test
  void whoIsInsideEntersAgainWhileASealWaits() throws Exception {
    TestThread operation =
        new TestThread(
            "operation",
            () -> {
              Batch outer = gate.enter();
              TestThread sealer = new TestThread("sealer", this::seal);
              sealer.awaitWaiting();
              assertThat(gate.enter()).isSameAs(outer);
              gate.exit();
              assertThat(gate.layers().sealed()).isNull();
              gate.exit();
              sealer.finish();
              assertThat(gate.layers().sealed()).isSameAs(outer);
            });
    operation.finish();
  }

  @Test
  void whoEntersAfterASealIsInTheNextBatch() {
    change(1);
    Batch sealed = seal().batch();
    change(2);
    Batch open = gate.layers().open();
    assertThat(sealed.of(ColumnFamily.INODES)).containsOnlyKeys(key(1));
    assertThat(open.of(ColumnFamily.INODES)).containsOnlyKeys(key(2));
    assertThat(open.number()).isEqualTo(sealed.number() + 1);
  }

  @Test
  void theNextBatchIsSealedWhenTheLastOneIsApplied() {
    change(1);
    Batch first = seal().batch();
    change(2);
    Batch second = gate.layers().open();
    assertThatThrownBy(this::seal).isInstanceOf(IllegalStateException.class);
    assertThat(gate.layers()).isEqualTo(new BatchGate.Layers(second, first));
    gate.applied();
    assertThat(gate.layers()).isEqualTo(new BatchGate.Layers(second, null));
    assertThat(seal().batch()).isSameAs(second);
  }

  @Test
  void whatIsSealedIsPendingUntilItIsApplied() {
    change(1);
    long one = gate.pendingMetadataBytes();
    seal();
    assertThat(gate.pendingMetadataBytes()).isEqualTo(one);
    change(2);
    assertThat(gate.pendingMetadataBytes()).isEqualTo(2 * one);
    gate.applied();
    assertThat(gate.pendingMetadataBytes()).isEqualTo(one);
  }

  /** Each operation sets two keys and counts twice; a seal may come between at any time. */
  @Test
  void everyOperationIsInOneBatchAsAWhole() throws Exception {
    AtomicInteger counted = new AtomicInteger();
    AtomicInteger left = new AtomicInteger(THREADS);
    List<TestThread> writers = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      long first = (long) thread * OPERATIONS;
      writers.add(
          new TestThread(
              "writer " + thread,
              () -> {
                for (long number = first; number < first + OPERATIONS; number++) {
                  Batch batch = gate.enter();
                  batch.put(ColumnFamily.INODES, key(number), VALUE);
                  counted.incrementAndGet();
                  Batch inner = gate.enter();
                  inner.put(ColumnFamily.ORPHANS, key(number), VALUE);
                  counted.incrementAndGet();
                  gate.exit();
                  gate.exit();
                }
                left.decrementAndGet();
              }));
    }
    int committed = 0;
    long number = 0;
    boolean last;
    do {
      last = left.get() == 0;
      BatchGate.Sealed<Integer> sealed = gate.seal(counted::get);
      Batch batch = sealed.batch();
      assertThat(batch.number()).isEqualTo(++number);
      // Also what this batch holds when others have gone on.
      int keys = batch.of(ColumnFamily.INODES).size();
      assertThat(batch.of(ColumnFamily.ORPHANS)).hasSize(keys);
      committed += keys;
      assertThat(sealed.facts())
          .as("counted when batch %d was sealed", number)
          .isEqualTo(2 * committed);
      gate.applied();
    } while (!last);
    for (TestThread writer : writers) {
      writer.finish();
    }
    assertThat(committed).isEqualTo(THREADS * OPERATIONS);
  }
}
