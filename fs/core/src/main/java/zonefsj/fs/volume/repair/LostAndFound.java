// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import zonefsj.fs.FileMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;

/**
 * The directory {@code /lost+found}, made when it is needed; its entries are named #INODE. What
 * comes here may have been in a directory that only its owner may enter, so the directory is root's
 * alone; if there is another of this name, {@code /lost+found.1} is used, and so on.
 */
final class LostAndFound {
  private static final String NAME = "lost+found";
  private static final int MODE = FileMode.DIRECTORY | 0700;
  private static final int RIGHTS_OF_OTHERS = 0077;
  private static final int SLOTS = 256;

  private final RepairChanges changes;
  private final Directory hashes;
  private final Instant now;
  private final Set<Long> taken = new HashSet<>();
  private long directory;

  LostAndFound(RepairChanges changes, Directory hashes, Instant now) {
    this.changes = changes;
    this.hashes = hashes;
    this.now = now;
  }

  /** Gives an inode a name here. */
  void add(long inode, InodeRecord record) throws IOException {
    if (directory == 0) {
      directory = findOrMake();
    }
    String name = "#" + inode;
    for (int more = 1; hashes.find(changes.index(), directory, name.getBytes(US_ASCII)) != null; ) {
      name = "#" + inode + "." + more++;
    }
    enter(directory, inode, FileMode.type(record.mode()), name);
    changes.note("gave names in /lost+found to what had none");
  }

  private long findOrMake() throws IOException {
    String name = NAME;
    int more = 1;
    while (true) {
      Directory.FoundEntry there =
          hashes.find(changes.index(), ZoneFileSystem.ROOT_INODE, name.getBytes(US_ASCII));
      if (there == null) {
        break;
      }
      if (isRootsAlone(there.entry().inode())) {
        return there.entry().inode();
      }
      name = NAME + "." + more++;
    }
    long made = CountRepair.nextInode(changes.index());
    changes.put(
        ColumnFamily.INODES, Keys.inode(made), InodeRecord.create(MODE, 2, 0, 0, 0, now).encode());
    changes.put(ColumnFamily.META, Keys.NEXT_INODE, Keys.number(made + 1));
    enter(ZoneFileSystem.ROOT_INODE, made, FileMode.DIRECTORY, name);
    changes.apply();
    return made;
  }

  private boolean isRootsAlone(long inode) throws IOException {
    byte[] value = changes.inode(inode);
    if (value == null) {
      return false;
    }
    InodeRecord record = InodeRecord.decode(value);
    return record.isDirectory() && record.uid() == 0 && (record.mode() & RIGHTS_OF_OTHERS) == 0;
  }

  private void enter(long parent, long inode, int typeBits, String text) throws IOException {
    byte[] name = text.getBytes(US_ASCII);
    long first = hashes.firstCookie(name);
    for (long cookie = first; cookie < first + SLOTS; cookie++) {
      byte[] there = changes.index().get(ColumnFamily.ENTRIES, Keys.entry(parent, cookie));
      boolean free = there == null || there.length == 0;
      if (free && (parent != directory || taken.add(cookie))) {
        changes.put(
            ColumnFamily.ENTRIES,
            Keys.entry(parent, cookie),
            new EntryRecord(inode, typeBits, name).encode());
        changes.put(ColumnFamily.PARENTS, Keys.parent(inode, parent, cookie), EntryRecord.GAP);
        return;
      }
    }
    throw new IOException("no place is left for the name " + text);
  }
}
