// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/**
 * Looking for what is not there, as each new file does, reads next to nothing: the filters of large
 * tables stay in memory, also with a cache that is smaller than they are.
 */
final class MetadataStoreFiltersTest {
  /** A sixteenth of what a mount takes by default; the filters take 2.5 MB. */
  private static final long CACHE_BYTES = 1 << 20;

  private static final int KEYS = 2_000_000;
  private static final int KEYS_A_BATCH = 50_000;

  /** Times an odd number, no two numbers are one. */
  private static final long ODD = 0x9E3779B97F4A7C15L;

  private static final int LOOKS = 2000;

  /** Were a filter read for each look, it would be 2 GB; a merge under way may read the index. */
  private static final long MAX_BYTES_READ = 256 << 20;

  @Test
  void whatIsNotThereIsNotReadFromTheDisk(@TempDir Path directory) throws Exception {
    RocksMetadataStores place = new RocksMetadataStores(directory.resolve("index"), CACHE_BYTES);
    try (MetadataStore store = place.create()) {
      fill(store);
      look(store);
      long before = bytesRead();
      look(store);
      assertThat(bytesRead() - before).as("bytes read").isLessThan(MAX_BYTES_READ);
    }
  }

  /** Every other number. */
  private static void fill(MetadataStore store) throws IOException {
    UUID filesystem = new UUID(1, 2);
    for (int first = 0; first < KEYS; first += KEYS_A_BATCH) {
      int begin = first;
      store.apply(
          sink -> {
            for (int number = begin; number < begin + KEYS_A_BATCH; number++) {
              sink.put(ColumnFamily.INODES, key(2L * number), Keys.number(number));
            }
          },
          new AppliedPosition(filesystem, first + 1, first));
    }
    store.flush();
  }

  /** Only numbers between those that are there. */
  private static void look(MetadataStore store) throws IOException {
    for (int number = 0; number < LOOKS; number++) {
      assertThat(store.get(ColumnFamily.INODES, key(2L * number * (KEYS / LOOKS) + 1))).isNull();
    }
  }

  /** In an order without an order, so that tables overlap and are merged into large ones. */
  private static byte[] key(long number) {
    return Keys.inode(number * ODD);
  }

  /** By this virtual machine, from files and from the kernel's memory of them. */
  private static long bytesRead() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/io"))) {
      if (line.startsWith("rchar: ")) {
        return Long.parseLong(line.substring("rchar: ".length()));
      }
    }
    throw new AssertionError("no rchar");
  }
}
