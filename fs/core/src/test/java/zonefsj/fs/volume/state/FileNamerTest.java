// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.fs.FileMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.volume.stored.BatchRecord;

/** A path in a message is never longer than a path can be, whatever the index says. */
class FileNamerTest {
  private static final int LONGEST = 4096 + 4 * 255 + 100;

  private static void name(BatchRecord.Builder batch, long inode, long parent, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    batch.put(
        ColumnFamily.ENTRIES,
        Keys.entry(parent, 512),
        new EntryRecord(inode, FileMode.DIRECTORY, bytes).encode());
    batch.put(ColumnFamily.PARENTS, Keys.parent(inode, parent, 512), EntryRecord.GAP);
  }

  private static String describe(BatchRecord.Builder batch, long inode) throws IOException {
    try (MetadataStore index = new MemoryMetadataStores().create()) {
      index.apply(batch.build(), new AppliedPosition(new UUID(7, 8), 1, 1));
      return new FileNamer(index).describe(inode);
    }
  }

  @Test
  void aLoopIsGoneRoundOnce() throws IOException {
    BatchRecord.Builder batch = new BatchRecord.Builder();
    name(batch, 2, 3, "inner");
    name(batch, 3, 2, "outer");
    assertThat(describe(batch, 2)).startsWith("file .../").endsWith("/inner").hasSizeLessThan(60);
  }

  @Test
  void aPathThatIsTooLongIsCutAtItsFront() throws IOException {
    BatchRecord.Builder batch = new BatchRecord.Builder();
    String name = "a-name-of-20-letters";
    for (long inode = 2; inode < 3000; inode++) {
      name(batch, inode, inode == 2 ? ZoneFileSystem.ROOT_INODE : inode - 1, name);
    }
    assertThat(describe(batch, 2999))
        .startsWith("file .../")
        .endsWith("/" + name)
        .hasSizeBetween(4096, LONGEST);
    assertThat(describe(batch, 3)).isEqualTo("file /" + name + "/" + name);
  }
}
