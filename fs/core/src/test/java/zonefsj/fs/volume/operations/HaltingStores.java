// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** Indexes in memory; once armed, the next scan of one column family halts at its first step. */
final class HaltingStores extends DelegatingStores {
  private static final int TIMEOUT_SECONDS = 40;

  private final ColumnFamily halted;
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private volatile boolean armed;

  HaltingStores(ColumnFamily halted) {
    super(new MemoryMetadataStores());
    this.halted = halted;
  }

  @Override
  protected MetadataStore made(MetadataStore store) {
    return new DelegatingStore(store) {
      @Override
      public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
          throws IOException {
        if (family == halted && armed) {
          armed = false;
          reached.countDown();
          await(goOn);
        }
        super.scan(family, from, to, visitor);
      }
    };
  }

  void arm() {
    armed = true;
  }

  void awaitHalt() throws IOException {
    await(reached);
  }

  void goOn() {
    goOn.countDown();
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(TIMEOUT_SECONDS, SECONDS)) {
        throw new IOException("nobody came");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
