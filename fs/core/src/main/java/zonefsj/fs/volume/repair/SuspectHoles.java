// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.FileMode;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * Marks files that may lack data of a lost record: their holes may be missing data, and are not
 * shown as zeros. The mark is a number of allocated bytes that is too high, which {@link
 * ExtentRepair} looks for.
 */
final class SuspectHoles {
  private final RepairChanges changes;

  SuspectHoles(RepairChanges changes) {
    this.changes = changes;
  }

  /** Doubts all files. */
  void suspectAll() throws IOException {
    changes
        .index()
        .scan(
            ColumnFamily.INODES,
            new byte[0],
            null,
            (key, value) -> {
              if (Keys.hasRightLength(ColumnFamily.INODES, key) && isFile(value)) {
                doubt(Keys.leadingInode(key));
              }
              return true;
            });
    changes.apply();
  }

  /** Doubts the files in some records, which follow a gap. */
  void suspectFilesOf(List<BatchRecord> records) throws IOException {
    Set<Long> inodes = new TreeSet<>();
    for (BatchRecord record : records) {
      record.forEach(
          new MetadataBatch.Sink() {
            @Override
            public void put(ColumnFamily family, byte[] key, byte @Nullable [] value)
                throws IOException {
              boolean isInode = family == ColumnFamily.INODES && Keys.hasRightLength(family, key);
              if (isInode && value != null) {
                inodes.add(Keys.leadingInode(key));
              }
            }

            @Override
            public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
              // A deleted range has no holes.
            }
          });
    }
    for (long inode : inodes) {
      byte[] value = changes.inode(inode);
      if (value != null && isFile(value)) {
        doubt(inode);
      }
    }
    changes.apply();
  }

  private static boolean isFile(byte[] inode) {
    try {
      return FileMode.isRegular(InodeRecord.decodeMode(inode));
    } catch (IOException damaged) {
      return false;
    }
  }

  /** Doubts one file. */
  void doubt(long inode) {
    changes.put(ColumnFamily.EXTENTS, Keys.extent(inode, 0), Keys.number(Long.MAX_VALUE));
  }
}
