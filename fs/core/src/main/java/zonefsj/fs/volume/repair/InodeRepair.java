// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.FileMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.check.IndexCursor;

/**
 * Makes every inode record usable. If a record is missing or impossible, but names or data of the
 * inode exist, a new record replaces it, so that they are not lost with it. Only root may use the
 * inode, because its owner is unknown. Data of a file may be lost with its record: if changes of
 * the journal are missing, the holes of such a file are not shown as zeros.
 */
final class InodeRepair {
  private static final int OWNER_ONLY_DIRECTORY = FileMode.DIRECTORY | 0700;
  private static final int OWNER_ONLY_FILE = FileMode.REGULAR | 0600;

  private final RepairChanges changes;
  private final SuspectHoles suspectHoles;
  private final Instant now;

  InodeRepair(RepairChanges changes, Instant now) {
    this.changes = changes;
    this.suspectHoles = new SuspectHoles(changes);
    this.now = now;
  }

  void repair() throws IOException {
    IndexCursor cursor = changes.walk(ColumnFamily.INODES, "mending inodes");
    for (var entry = cursor.peek(); entry != null; entry = cursor.peek()) {
      cursor.skip();
      repair(entry.inode(), entry.value());
    }
    changes.apply();
    rebuildOwnersOf(ColumnFamily.ENTRIES);
    rebuildOwnersOf(ColumnFamily.EXTENTS);
    mendRoot();
    changes.apply();
  }

  private void repair(long inode, byte[] value) throws IOException {
    InodeRecord record;
    try {
      record = InodeRecord.decode(value);
    } catch (IOException damaged) {
      changes.note("dropped inode records that cannot be read");
      changes.delete(ColumnFamily.INODES, Keys.inode(inode));
      return;
    }
    byte[] target = record.target();
    if (!isKnown(FileMode.type(record.mode())) || (target != null && target.length == 0)) {
      changes.note("dropped inode records that say nothing");
      changes.delete(ColumnFamily.INODES, Keys.inode(inode));
    } else if (target != null && target.length != record.sizeBytes()) {
      changes.note("set the length of symbolic links right");
      put(inode, record.withSize(target.length));
    } else if (record.sizeBytes() < 0) {
      changes.note("set impossible lengths of files right");
      put(inode, record.withSize(lastEnd(inode)));
    }
  }

  private static boolean isKnown(int type) {
    return type == FileMode.REGULAR
        || type == FileMode.DIRECTORY
        || type == FileMode.SYMLINK
        || type == FileMode.FIFO
        || type == FileMode.SOCKET
        || type == FileMode.BLOCK
        || type == FileMode.CHARACTER;
  }

  private void put(long inode, InodeRecord record) {
    changes.put(ColumnFamily.INODES, Keys.inode(inode), record.encode());
  }

  private void rebuildOwnersOf(ColumnFamily family) throws IOException {
    IndexCursor cursor =
        changes.walk(family, "looking for lost inodes: " + family.name().toLowerCase(Locale.ROOT));
    long last = -1;
    for (var entry = cursor.peek(); entry != null; entry = cursor.peek()) {
      cursor.skip();
      long inode = entry.inode();
      boolean says =
          family == ColumnFamily.ENTRIES ? entry.value().length > 0 : isExtent(entry.key());
      if (says && inode != last && changes.inode(inode) == null) {
        last = inode;
        int mode = family == ColumnFamily.ENTRIES ? OWNER_ONLY_DIRECTORY : OWNER_ONLY_FILE;
        InodeRecord record = InodeRecord.create(mode, 1, 0, 0, 0, now);
        if (family == ColumnFamily.ENTRIES) {
          put(inode, record);
        } else {
          put(inode, record.withSize(lastEnd(inode)));
          suspectHoles.doubt(inode);
        }
        changes.note("made inodes anew for what still belonged to them");
      }
    }
    changes.apply();
  }

  private static boolean isExtent(byte[] key) throws IOException {
    return Keys.extentEnd(key) > 0;
  }

  private long lastEnd(long inode) throws IOException {
    long[] end = {0};
    changes
        .index()
        .scan(
            ColumnFamily.EXTENTS,
            Keys.extent(inode, 0),
            Keys.extent(inode, Long.MIN_VALUE),
            (key, value) -> {
              end[0] = Keys.extentEnd(key);
              return true;
            });
    return end[0];
  }

  private void mendRoot() throws IOException {
    byte @Nullable [] value = changes.inode(ZoneFileSystem.ROOT_INODE);
    if (value == null || !InodeRecord.decode(value).isDirectory()) {
      put(
          ZoneFileSystem.ROOT_INODE,
          InodeRecord.create(FileMode.DIRECTORY | 0755, 2, 0, 0, 0, now));
      changes.note("made the root directory anew");
    }
  }
}
