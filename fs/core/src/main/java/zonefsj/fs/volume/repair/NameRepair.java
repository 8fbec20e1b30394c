// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.FileMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.check.IndexCursor;
import zonefsj.fs.volume.check.NameCheck;

/**
 * Makes every entry valid and reachable by a lookup, and every parent link its mirror image. An
 * entry that cannot stay is dropped; a later pass finds its inode without a name. Takes 50 bytes of
 * memory for each directory. Every inode record must be correct already.
 */
final class NameRepair {
  private static final int SLOT_MASK = 255;

  private final RepairChanges changes;
  private final Directory hashes;
  private final Set<Long> namedDirectories = new HashSet<>();
  private final List<Moved> moved = new ArrayList<>();

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Slot(long cookie, byte[] value, @Nullable EntryRecord entry) {}

  private record Moved(long parent, EntryRecord entry) {}

  NameRepair(RepairChanges changes, Directory hashes) {
    this.changes = changes;
    this.hashes = hashes;
  }

  void repair() throws IOException {
    mendEntries();
    changes.apply();
    for (Moved one : moved) {
      move(one);
    }
    mendLinks();
    changes.apply();
  }

  private void mendEntries() throws IOException {
    IndexCursor cursor = changes.walk(ColumnFamily.ENTRIES, "mending names");
    List<Slot> bucket = new ArrayList<>();
    long parent = -1;
    long first = -1;
    for (var entry = cursor.peek(); entry != null; entry = cursor.peek()) {
      cursor.skip();
      long cookie = Keys.entryCookie(entry.key());
      long bucketFirst = cookie & ~(long) SLOT_MASK;
      if (entry.inode() != parent || bucketFirst != first) {
        mendBucket(parent, first, bucket);
        bucket.clear();
        parent = entry.inode();
        first = bucketFirst;
      }
      bucket.add(new Slot(cookie, entry.value(), decodedOrNull(entry.value())));
    }
    mendBucket(parent, first, bucket);
  }

  private static @Nullable EntryRecord decodedOrNull(byte[] value) {
    try {
      return EntryRecord.decode(value);
    } catch (IOException damaged) {
      return null;
    }
  }

  /** Repairs the names of one hash in one directory. */
  private void mendBucket(long parent, long first, List<Slot> bucket) throws IOException {
    if (bucket.isEmpty()) {
      return;
    }
    boolean isDirectory = isDirectory(parent);
    List<EntryRecord> kept = new ArrayList<>();
    Set<String> names = new HashSet<>();
    boolean asItWas = isDirectory;
    long expected = first;
    for (Slot slot : bucket) {
      asItWas &= slot.cookie() == expected++;
      if (slot.value().length == 0) {
        continue;
      }
      EntryRecord entry = isDirectory ? judge(parent, slot) : null;
      if (entry != null && hashes.firstCookie(entry.name()) != first) {
        moved.add(new Moved(parent, entry));
        entry = null;
      } else if (entry != null && !names.add(Arrays.toString(entry.name()))) {
        entry = null;
      }
      asItWas &= entry != null && entry.equals(slot.entry());
      if (entry != null) {
        kept.add(entry);
      }
    }
    if (!asItWas) {
      changes.note("mended directory entries");
      rewrite(parent, first, bucket, kept);
      return;
    }
    for (Slot slot : bucket) {
      link(parent, slot);
    }
  }

  private void rewrite(long parent, long first, List<Slot> bucket, List<EntryRecord> kept) {
    for (Slot slot : bucket) {
      changes.delete(ColumnFamily.ENTRIES, Keys.entry(parent, slot.cookie()));
      EntryRecord entry = slot.entry();
      if (entry != null) {
        changes.delete(ColumnFamily.PARENTS, Keys.parent(entry.inode(), parent, slot.cookie()));
      }
    }
    long cookie = first;
    for (EntryRecord entry : kept) {
      put(parent, cookie++, entry);
    }
  }

  private void put(long parent, long cookie, EntryRecord entry) {
    changes.put(ColumnFamily.ENTRIES, Keys.entry(parent, cookie), entry.encode());
    changes.put(ColumnFamily.PARENTS, Keys.parent(entry.inode(), parent, cookie), EntryRecord.GAP);
  }

  private void link(long parent, Slot slot) throws IOException {
    EntryRecord entry = slot.entry();
    if (entry != null && !isLinked(entry.inode(), parent, slot.cookie())) {
      changes.note("made missing parent links");
      changes.put(
          ColumnFamily.PARENTS, Keys.parent(entry.inode(), parent, slot.cookie()), EntryRecord.GAP);
    }
  }

  private boolean isLinked(long inode, long parent, long cookie) throws IOException {
    return changes.index().get(ColumnFamily.PARENTS, Keys.parent(inode, parent, cookie)) != null;
  }

  private boolean isDirectory(long inode) throws IOException {
    byte[] value = changes.inode(inode);
    return value != null && InodeRecord.decode(value).isDirectory();
  }

  /** The entry as it should be; null if it cannot stay. */
  private @Nullable EntryRecord judge(long parent, Slot slot) throws IOException {
    EntryRecord entry = slot.entry();
    if (entry == null || !NameCheck.isAllowed(entry.name())) {
      return null;
    }
    byte[] value = changes.inode(entry.inode());
    if (value == null || entry.inode() == ZoneFileSystem.ROOT_INODE) {
      return null;
    }
    InodeRecord target = InodeRecord.decode(value);
    if (target.isDirectory() && !isTheName(entry.inode(), parent, slot.cookie())) {
      return null;
    }
    return new EntryRecord(entry.inode(), FileMode.type(target.mode()), entry.name());
  }

  /** Whether this is the one name of a directory: that of its parent link, or the first found. */
  private boolean isTheName(long inode, long parent, long cookie) throws IOException {
    if (inode == parent) {
      return false;
    }
    boolean another = !isLinked(inode, parent, cookie) && hasGoodLink(inode);
    return !another && namedDirectories.add(inode);
  }

  private boolean hasGoodLink(long inode) throws IOException {
    boolean[] good = {false};
    changes
        .index()
        .scan(
            ColumnFamily.PARENTS,
            Keys.inode(inode),
            Keys.inode(inode + 1),
            (key, value) -> {
              good[0] = leadsTo(inode, key);
              return !good[0];
            });
    return good[0];
  }

  private boolean leadsTo(long inode, byte[] link) throws IOException {
    byte[] key = Keys.entry(Keys.parentOf(link), Keys.parentCookie(link));
    byte[] value = changes.index().get(ColumnFamily.ENTRIES, key);
    EntryRecord entry = value == null ? null : decodedOrNull(value);
    return entry != null && entry.inode() == inode && isDirectory(Keys.parentOf(link));
  }

  /** Puts an entry where a lookup searches it. */
  private void move(Moved one) throws IOException {
    if (hashes.find(changes.index(), one.parent(), one.entry().name()) != null) {
      return;
    }
    long first = hashes.firstCookie(one.entry().name());
    for (long cookie = first; cookie <= first + SLOT_MASK; cookie++) {
      byte[] there = changes.index().get(ColumnFamily.ENTRIES, Keys.entry(one.parent(), cookie));
      if (there == null || there.length == 0) {
        put(one.parent(), cookie, one.entry());
        changes.apply();
        return;
      }
    }
  }

  private void mendLinks() throws IOException {
    IndexCursor cursor = changes.walk(ColumnFamily.PARENTS, "mending parent links");
    for (var link = cursor.peek(); link != null; link = cursor.peek()) {
      cursor.skip();
      if (!leadsTo(link.inode(), link.key())) {
        changes.note("dropped parent links that lead nowhere");
        changes.delete(ColumnFamily.PARENTS, link.key());
      }
    }
  }
}
