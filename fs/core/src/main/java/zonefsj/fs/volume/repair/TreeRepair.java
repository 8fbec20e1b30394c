// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.check.IndexCursor;

/**
 * Makes the directories a tree, and gives inodes without a name one in {@code /lost+found}. Entries
 * and links must be correct already. Takes 50 bytes of memory for each directory.
 */
final class TreeRepair {
  private final RepairChanges changes;
  private final LostAndFound found;
  private final Set<Long> reachable = new HashSet<>();

  TreeRepair(RepairChanges changes, Directory hashes, Instant now) {
    this.changes = changes;
    this.found = new LostAndFound(changes, hashes, now);
  }

  void repair() throws IOException {
    IndexCursor inodes = changes.walk(ColumnFamily.INODES, "mending the tree");
    for (var entry = inodes.peek(); entry != null; entry = inodes.peek()) {
      inodes.skip();
      if (InodeRecord.decode(entry.value()).isDirectory()) {
        cutLoop(entry.inode());
      }
    }
    mendOrphans();
    changes.apply();
    IndexCursor again = changes.walk(ColumnFamily.INODES, "naming what has no name");
    for (var entry = again.peek(); entry != null; entry = again.peek()) {
      again.skip();
      nameIfNameless(entry.inode(), InodeRecord.decode(entry.value()));
    }
    changes.apply();
  }

  private void cutLoop(long inode) throws IOException {
    Set<Long> way = new HashSet<>();
    long at = inode;
    while (at != 0 && at != ZoneFileSystem.ROOT_INODE && !reachable.contains(at)) {
      if (!way.add(at)) {
        takeNameFrom(at);
        break;
      }
      byte[] link = linkOf(at);
      at = link.length == 0 ? 0 : Keys.parentOf(link);
    }
    reachable.addAll(way);
  }

  private byte[] linkOf(long inode) throws IOException {
    byte[][] link = {new byte[0]};
    changes
        .index()
        .scan(
            ColumnFamily.PARENTS,
            Keys.inode(inode),
            Keys.inode(inode + 1),
            (key, value) -> {
              link[0] = key;
              return false;
            });
    return link[0];
  }

  private void takeNameFrom(long directory) throws IOException {
    byte[] link = linkOf(directory);
    long parent = Keys.parentOf(link);
    long cookie = Keys.parentCookie(link);
    // A gap, so that later names of the same hash are still found.
    changes.put(ColumnFamily.ENTRIES, Keys.entry(parent, cookie), EntryRecord.GAP);
    changes.delete(ColumnFamily.PARENTS, link);
    changes.note("cut directories out of a loop");
    changes.apply();
  }

  private void mendOrphans() throws IOException {
    IndexCursor orphans = changes.walk(ColumnFamily.ORPHANS, "mending orphans");
    for (var orphan = orphans.peek(); orphan != null; orphan = orphans.peek()) {
      orphans.skip();
      byte[] value = changes.inode(orphan.inode());
      boolean waits = value != null && linkOf(orphan.inode()).length == 0;
      boolean holdsNames =
          value != null
              && waits
              && InodeRecord.decode(value).isDirectory()
              && !Directory.isEmpty(changes.index(), orphan.inode());
      if (!waits || holdsNames) {
        changes.note("forgot orphans that are none");
        changes.delete(ColumnFamily.ORPHANS, orphan.key());
      }
    }
  }

  private void nameIfNameless(long inode, InodeRecord record) throws IOException {
    boolean named = inode == ZoneFileSystem.ROOT_INODE || linkOf(inode).length > 0;
    if (!named && changes.index().get(ColumnFamily.ORPHANS, Keys.inode(inode)) == null) {
      found.add(inode, record);
    }
  }
}
