// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/** The contract for the index in RocksDB. */
final class MetadataStoreRocksTest extends MetadataStoreContractTest {
  @Override
  MetadataStores place(String name) {
    return new RocksMetadataStores(directory.resolve(name), 4 << 20);
  }

  @Override
  void crash(MetadataStores place, MetadataStore victim) throws IOException {
    // Closing does not flush. MetadataStoreHostTest kills whole processes.
    victim.close();
  }

  @Test
  void storesOnlyNewFilesWithTheNextCheckpoint() throws IOException {
    MetadataStoreHistory.Changes much = new MetadataStoreHistory.Changes();
    Random random = new Random(2);
    byte[] value = new byte[1000];
    for (int i = 0; i < 4000; i++) {
      random.nextBytes(value);
      much.put(ColumnFamily.INODES, key(i >> 8, i), value.clone());
    }
    store.apply(much, mark(1));
    Set<String> stored = new HashSet<>();
    long all = 0;
    try (CheckpointContent content = store.checkpoint()) {
      for (CheckpointContent.FileInfo file : content.files()) {
        stored.add(file.contentHash());
        all += file.sizeBytes();
      }
    }
    MetadataStoreHistory.Changes little = new MetadataStoreHistory.Changes();
    little.put(ColumnFamily.INODES, key(1, 1), key(1));
    store.apply(little, mark(2));
    long more = 0;
    try (CheckpointContent content = store.checkpoint()) {
      for (CheckpointContent.FileInfo file : content.files()) {
        more += stored.contains(file.contentHash()) ? 0 : file.sizeBytes();
      }
    }
    assertThat(all).isGreaterThan(3_000_000);
    assertThat(more).isPositive().isLessThan(100_000);
  }

  /** It may be a way to another disk. */
  @Test
  void anEmptyDirectoryThatIsALinkStaysOne() throws IOException {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), elsewhere);
    place("link").create().close();
    assertThat(link).isSymbolicLink();
    assertThat(elsewhere.resolve("CURRENT")).isNotEmptyFile();
  }

  /** Else it would be compacted again and again. */
  @Test
  void anImageIsAsShortAsEstimatedAfterACompaction() throws IOException {
    Random random = new Random(5);
    long sequence = 1;
    for (int round = 0; round < 12; round++) {
      MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();
      for (int i = 0; i < 6000; i++) {
        byte[] value = new byte[500];
        random.nextBytes(value);
        int number = random.nextInt(10_000);
        for (ColumnFamily family : List.of(ColumnFamily.INODES, ColumnFamily.STAGED)) {
          changes.put(family, key(number >> 8, number), value);
        }
      }
      store.apply(changes, mark(sequence++));
      store.flush();
    }
    store.compact();
    long compact = store.imageBytes();
    assertThat(compact).isGreaterThan(5_000_000).isLessThan(store.compactImageBytes() * 11 / 10);
    MetadataStoreHistory.Changes little = new MetadataStoreHistory.Changes();
    little.put(ColumnFamily.INODES, key(1, 1), key(1));
    store.apply(little, mark(sequence));
    store.flush();
    assertThat(store.imageBytes()).isLessThan(store.compactImageBytes() * 11 / 10);
  }

  /**
   * RocksDB's wait for a flush can end early while another flush is at work: with the number of
   * batches at which that one begins, the last batch is missing in the image.
   */
  @Test
  void aCheckpointAmidAFlushHasTheLastBatch() throws IOException {
    long sequence = 1;
    // The write buffers of the column families get different numbers.
    for (int flush = 0; flush < 30; flush++) {
      MetadataStoreHistory.Changes little = new MetadataStoreHistory.Changes();
      little.put(ColumnFamily.INODES, key(1, 1), key(flush));
      store.apply(little, mark(sequence++));
      store.flush();
    }
    Random random = new Random(5);
    for (int batches = 70; batches < 95; batches++) {
      for (int batch = 0; batch < batches; batch++) {
        MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();
        for (int i = 0; i < 100; i++) {
          byte[] value = new byte[1000];
          random.nextBytes(value);
          changes.put(ColumnFamily.EXTENTS, key(random.nextInt(), random.nextInt()), value);
        }
        store.apply(changes, mark(sequence++));
      }
      store.apply(new MetadataStoreHistory.Changes(), mark(sequence));
      try (CheckpointContent image = store.checkpoint()) {
        assertThat(image.mark()).isEqualTo(mark(sequence));
      }
      sequence++;
    }
  }

  /** A table packs a gigabyte of one letter into a few megabytes. */
  @Test
  void aValueThatIsLongerThanAnyIsDamage() throws IOException {
    MetadataStoreHistory.Changes tooLong = new MetadataStoreHistory.Changes();
    tooLong.put(ColumnFamily.INODES, key(1, 1), new byte[5 << 20]);
    store.apply(tooLong, mark(1));
    assertThatThrownBy(() -> store.get(ColumnFamily.INODES, key(1, 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is damaged")
        .hasMessageContaining("5242880 bytes");
    assertThatThrownBy(
            () ->
                store.scan(
                    ColumnFamily.INODES, new byte[0], null, (key, value) -> value.length > 0))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is damaged");
  }
}
