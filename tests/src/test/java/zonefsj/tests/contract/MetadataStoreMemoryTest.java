// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** The contract for the store in memory, and its crashes. */
final class MetadataStoreMemoryTest extends MetadataStoreContractTest {
  private final Map<String, MemoryMetadataStores> places = new HashMap<>();

  @Override
  MetadataStores place(String name) {
    return memory(name);
  }

  private MemoryMetadataStores memory(String name) {
    return places.computeIfAbsent(name, n -> new MemoryMetadataStores());
  }

  @Override
  void crash(MetadataStores place, MetadataStore victim) {
    ((MemoryMetadataStores) place).crash();
  }

  @Test
  void losesExactlyWhatWasNotFlushed() throws IOException {
    MetadataStoreHistory history = new MetadataStoreHistory(5, 20);
    history.apply(store, 0, 10);
    store.flush();
    history.apply(store, 10, 20);
    memory("index").crash();
    assertThatThrownBy(() -> store.get(ColumnFamily.META, key(1))).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> store.flush()).isInstanceOf(IOException.class);
    store = stores.openExisting().orElseThrow();
    assertThat(history.assertPrefix(store)).isEqualTo(10);
    history.apply(store, 10, 30);
    memory("index").crashAfterWriteback();
    store = stores.openExisting().orElseThrow();
    assertThat(history.assertPrefix(store)).isEqualTo(30);
  }

  @Test
  void copiesWhatIsDurableAndLosesAll() throws IOException {
    MetadataStoreHistory history = new MetadataStoreHistory(6, 20);
    history.apply(store, 0, 10);
    store.flush();
    MemoryMetadataStores copy = memory("index").copyOfDurable();
    history.apply(store, 10, 20);
    store.flush();
    try (MetadataStore copied = copy.openExisting().orElseThrow()) {
      assertThat(history.assertPrefix(copied)).isEqualTo(10);
    }
    memory("index").lose();
    assertThat(stores.openExisting()).isEmpty();
    assertThat(memory("index").setAsideReasons()).isEmpty();
  }

  @Test
  void setsAsideWithTheReason() throws IOException {
    store.close();
    stores.setAside("of another history");
    assertThat(memory("index").setAsideReasons()).containsExactly("of another history");
  }

  @Test
  void writesItsCheckpointAsDocumented() throws IOException {
    MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();
    changes.put(ColumnFamily.ZONES, key(0xFF), key(1, 2, 3));
    changes.put(ColumnFamily.META, key(0x61), key());
    store.apply(changes, mark(3));
    try (CheckpointContent content = store.checkpoint()) {
      assertThat(content.format()).isEqualTo("pairs-1");
      assertThat(content.files()).hasSize(1);
      byte[] bytes = read(content, content.files().get(0));
      assertThat(HexFormat.of().formatHex(bytes))
          .isEqualTo(
              "5a4a504149525331"
                  + "00000000000000010000000000000002"
                  + "0000000000000003"
                  + "0000000000000bb8"
                  + "00000000010000000061"
                  + "060000000100000003ff010203"
                  + "ff0000000000000002"
                  + "683e03f4");
    }
  }

  @Test
  void staysFastWithManyKeys() throws IOException {
    // Enough that a tree without balance would overflow the stack.
    int count = 200_000;
    MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();
    for (int i = 0; i < count; i++) {
      changes.put(ColumnFamily.INODES, key(0, i >> 16, i >> 8, i), key());
    }
    store.apply(changes, mark(1));
    int[] seen = {0};
    store.scan(ColumnFamily.INODES, key(), null, (key, value) -> ++seen[0] > 0);
    assertThat(seen[0]).isEqualTo(count);
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      int n = random.nextInt(count);
      assertThat(store.get(ColumnFamily.INODES, key(0, n >> 16, n >> 8, n))).isNotNull();
    }
  }
}
