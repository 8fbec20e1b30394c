// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import zonefsj.fs.FileMode;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;

/** What a repair finds is nobody's but root's to reach. */
class LostAndFoundTest {
  private static final UUID FILESYSTEM = new UUID(1, 2);
  private static final long THERE = 5;
  private static final long NAMELESS = 7;

  private final Directory hashes = new Directory(FILESYSTEM);

  private byte[] entryKey(long parent, String name) {
    return Keys.entry(parent, hashes.firstCookie(name.getBytes(US_ASCII)));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0700, lost+found",
    "1000, 0700, lost+found.1",
    "0, 0770, lost+found.1",
    "0, 0777, lost+found.1",
    "0, 0755, lost+found.1"
  })
  void aDirectoryThatOthersMayEnterIsNotTaken(int owner, String mode, String expected)
      throws Exception {
    try (MetadataStore index = new MemoryMetadataStores().create()) {
      RepairChanges changes =
          new RepairChanges(index, new AppliedPosition(FILESYSTEM, 0, 0), ProgressListener.NONE);
      int bits = FileMode.DIRECTORY | Integer.parseInt(mode, 8);
      changes.put(
          ColumnFamily.INODES,
          Keys.inode(THERE),
          InodeRecord.create(bits, 2, owner, 0, 0, Instant.EPOCH).encode());
      changes.put(
          ColumnFamily.ENTRIES,
          entryKey(ZoneFileSystem.ROOT_INODE, "lost+found"),
          new EntryRecord(THERE, FileMode.DIRECTORY, "lost+found".getBytes(US_ASCII)).encode());
      InodeRecord file = InodeRecord.create(FileMode.REGULAR | 0644, 1, 2, 3, 0, Instant.EPOCH);
      changes.put(ColumnFamily.INODES, Keys.inode(NAMELESS), file.encode());
      changes.apply();
      new LostAndFound(changes, hashes, Instant.EPOCH).add(NAMELESS, file);
      changes.apply();
      Directory.FoundEntry taken =
          hashes.find(index, ZoneFileSystem.ROOT_INODE, expected.getBytes(US_ASCII));
      assertThat(taken).isNotNull();
      assertThat(hashes.find(index, taken.entry().inode(), "#7".getBytes(US_ASCII))).isNotNull();
    }
  }
}
