// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/**
 * A process that goes on with a history in an index, for as long as it can or may: to be killed, or
 * to run into a limit. Prints "open", then "durable N" after each flush, and after a failure its
 * words, the mark that still can be read, and "closed".
 */
final class MetadataStoreWriter {
  private static final int MAXIMUM_VALUE_BYTES = 100_000;
  private static final int BATCHES_PER_FLUSH = 40;

  private MetadataStoreWriter() {}

  static MetadataStoreHistory history(long seed) {
    return new MetadataStoreHistory(seed, MAXIMUM_VALUE_BYTES);
  }

  static RocksMetadataStores stores(Path directory) {
    return new RocksMetadataStores(directory, 4 << 20);
  }

  /** Arguments: directory, seed. Begins to write when it gets a byte on its input. */
  public static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(System.out, true, UTF_8);
    MetadataStoreHistory history = history(Long.parseLong(args[1]));
    RocksMetadataStores stores = stores(Path.of(args[0]));
    Optional<MetadataStore> existing = stores.openExisting();
    try (MetadataStore store = existing.isPresent() ? existing.get() : stores.create()) {
      out.println("open");
      if (System.in.read() < 0) {
        return;
      }
      write(store, history, out);
      out.println("mark " + store.mark().map(AppliedPosition::sequence).orElse(0L));
      store.get(ColumnFamily.META, new byte[] {1});
    }
    out.println("closed");
  }

  private static void write(MetadataStore store, MetadataStoreHistory history, PrintStream out)
      throws IOException {
    long sequence = store.mark().map(AppliedPosition::sequence).orElse(0L);
    try {
      while (true) {
        history.apply(store, sequence, sequence + 1);
        sequence++;
        if (sequence % BATCHES_PER_FLUSH == 0) {
          store.flush();
          out.println("durable " + sequence);
        }
      }
    } catch (IOException e) {
      out.println("failed " + e.getMessage());
    }
  }
}
