// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.rocks.RocksMetadataStores;
import zonefsj.tests.HostTrees;

/**
 * What a host makes of a crafted image of an index, and of the index that comes out of it: words,
 * or an index that can be read, changed, compacted and stored again.
 */
final class CraftedIndexCase {
  private static final long CACHE_BYTES = 4 << 20;
  private static final int MAX_PAIRS = 20_000;
  private static final int SAMPLES = 50;

  private final Path directory;
  private final SplittableRandom random;

  private CraftedIndexCase(Path directory, SplittableRandom random) {
    this.directory = directory;
    this.random = random;
  }

  /** Makes good images, of different kinds. */
  static CraftedIndex good(int kind) throws IOException {
    Path directory = Files.createTempDirectory("zonefs-j-crafted-");
    try (MetadataStore store =
        new RocksMetadataStores(directory.resolve("index"), CACHE_BYTES).create()) {
      IndexWorkload workload = new IndexWorkload(store, new SplittableRandom(kind), 300);
      workload.run(60);
      store.flush();
      if (kind % 2 == 1) {
        store.compact();
      }
      workload.run(20);
      try (CheckpointContent content = store.checkpoint()) {
        return CraftedIndex.of(content);
      }
    } finally {
      HostTrees.delete(directory);
    }
  }

  /** Runs; null if all is well, however much is refused. */
  static @Nullable String run(CraftedIndex crafted, SplittableRandom random) throws IOException {
    Path directory = Files.createTempDirectory("zonefs-j-crafted-");
    try {
      return new CraftedIndexCase(directory, random).run(crafted);
    } finally {
      HostTrees.delete(directory);
    }
  }

  private @Nullable String run(CraftedIndex crafted) throws IOException {
    RocksMetadataStores stores = new RocksMetadataStores(directory.resolve("index"), CACHE_BYTES);
    try (MetadataStore store = stores.restore(crafted)) {
      use(store);
    } catch (IOException refused) {
      String words = refused.getMessage();
      return words == null || words.isBlank() ? "refused without words: " + refused : null;
    }
    try {
      Optional<MetadataStore> again = stores.openExisting();
      if (again.isPresent()) {
        try (MetadataStore store = again.get()) {
          read(store);
        }
      }
    } catch (IOException refused) {
      return null;
    }
    return null;
  }

  private void use(MetadataStore store) throws IOException {
    attempt(() -> read(store));
    attempt(() -> new IndexWorkload(store, random.split(), 300).run(5));
    attempt(store::flush);
    attempt(store::compact);
    attempt(() -> read(store));
    attempt(() -> store.checkpoint().close());
  }

  /** Something that may fail with words. */
  private interface Step {
    void run() throws IOException;
  }

  private static void attempt(Step step) throws IOException {
    try {
      step.run();
    } catch (IOException refused) {
      if (refused.getMessage() == null || refused.getMessage().isBlank()) {
        throw new IllegalStateException("fails without words", refused);
      }
    }
  }

  private void read(MetadataStore store) throws IOException {
    for (ColumnFamily family : ColumnFamily.values()) {
      List<byte[]> keys = new ArrayList<>();
      int[] seen = new int[1];
      attempt(
          () ->
              store.scan(
                  family,
                  new byte[0],
                  null,
                  (key, value) -> {
                    if (keys.size() < SAMPLES || random.nextInt(20) == 0) {
                      keys.add(key);
                    }
                    return ++seen[0] < MAX_PAIRS;
                  }));
      for (byte[] key : keys) {
        attempt(() -> store.get(family, key));
        byte[] near = key.clone();
        near[near.length - 1]++;
        attempt(() -> store.get(family, near));
        attempt(() -> store.scan(family, near, null, (k, v) -> false));
      }
    }
  }
}
