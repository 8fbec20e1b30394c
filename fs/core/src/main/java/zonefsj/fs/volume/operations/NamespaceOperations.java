// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.commit.ExtentCounter;

/** Operations on names, except renames. Thread-safe. */
public final class NamespaceOperations {
  private final Operations operations;
  private final OpenFiles open;
  private final LargeDeletions deletions;
  private final Ancestry ancestry;

  public NamespaceOperations(Operations operations, OpenFiles open, LargeDeletions deletions) {
    this.operations = operations;
    this.open = open;
    this.deletions = deletions;
    this.ancestry = new Ancestry(operations.metadata());
  }

  long lookup(long parent, byte[] name) throws ErrnoException, IOException {
    operations.requireDirectory(parent);
    Operations.checkName(name);
    if (Directory.isDots(name)) {
      return name.length == 1 ? parent : parentOf(parent);
    }
    return operations.find(parent, name).entry().inode();
  }

  /** The parent of a directory; the root directory is its own parent. */
  long parentOf(long directory) throws IOException {
    return ancestry.parentOf(directory);
  }

  /** Adds a name; returns the inode as it is with that name. */
  InodeRecord link(long inode, long newParent, byte[] newName) throws ErrnoException, IOException {
    operations.requireDirectory(newParent);
    Operations.checkName(newName);
    operations.admission().checkRoomForMetadata();
    try (Operations.Change change = operations.change(newParent, inode)) {
      InodeRecord directory = operations.liveDirectory(newParent);
      operations.requireNew(newParent, newName);
      InodeRecord record = operations.inode(inode);
      if (record.isDirectory()) {
        throw new ErrnoException(Errno.EPERM, "a directory has one name");
      }
      if (record.linkCount() == 0 && !open.isNeverNamed(inode)) {
        throw new ErrnoException(Errno.ENOENT, "inode " + inode + " has no name any more");
      }
      if (record.linkCount() >= Operations.MAX_LINKS) {
        throw new ErrnoException(Errno.EMLINK, "inode " + inode + " has too many names");
      }
      Instant now = operations.now();
      long cookie =
          operations.directory().freeCookie(operations.metadata().view(), newParent, newName);
      operations
          .directory()
          .add(change.batch(), newParent, cookie, Operations.entry(inode, record.mode(), newName));
      if (record.linkCount() == 0) {
        change.batch().delete(ColumnFamily.ORPHANS, Keys.inode(inode));
        open.removeUnnamed(inode);
      }
      InodeRecord linked = record.withLinks(record.linkCount() + 1, now);
      change.put(inode, linked);
      change.put(newParent, directory.modified(now));
      change.done();
      return linked;
    }
  }

  void unlink(long parent, byte[] name) throws ErrnoException, IOException {
    operations.requireDirectory(parent);
    Operations.checkName(name);
    if (Directory.isDots(name)) {
      throw new ErrnoException(Errno.EISDIR, "a directory is not unlinked");
    }
    while (true) {
      long child = operations.find(parent, name).entry().inode();
      try (Operations.Change change = operations.change(parent, child)) {
        Directory.FoundEntry found = operations.find(parent, name);
        if (found.entry().inode() != child) {
          continue;
        }
        InodeRecord record = operations.inode(child);
        if (record.isDirectory()) {
          throw new ErrnoException(Errno.EISDIR, "a directory is not unlinked");
        }
        Instant now = operations.now();
        InodeRecord directory = operations.inode(parent);
        removeName(change, parent, directory.modified(now), found, record);
        return;
      }
    }
  }

  /**
   * Makes the complete change that removes a name.
   *
   * @param parentAfter the directory without the name, with its new times
   * @param record the inode that the name refers to
   */
  private void removeName(
      Operations.Change change,
      long parent,
      InodeRecord parentAfter,
      Directory.FoundEntry found,
      InodeRecord record)
      throws IOException {
    Ending ending = endingOf(found.entry().inode(), record);
    boolean followed = isFollowed(parent, found);
    operations.directory().remove(change.batch(), parent, found, followed);
    change.put(parent, parentAfter);
    dropName(change, ending, parentAfter.changeTime());
    change.done();
  }

  /**
   * An inode that loses a name.
   *
   * @param isInUse whether it outlives its last name
   * @param attributes of it, if it is deleted with the name
   * @param extents of its content, if it is deleted with the name, as far as they were counted
   * @param isLarge whether to leave its content to {@link LargeDeletions}
   */
  record Ending(
      long inode,
      InodeRecord record,
      boolean isInUse,
      List<byte[]> attributes,
      int extents,
      boolean isLarge) {
    static int namesLeft(InodeRecord record) {
      return record.isDirectory() ? 0 : record.linkCount() - 1;
    }
  }

  /** Reads what {@link #dropName} needs. */
  Ending endingOf(long inode, InodeRecord record) throws IOException {
    boolean isInUse = deletions.inBackground() && open.isInUse(inode);
    boolean isDeleted = Ending.namesLeft(record) <= 0 && !isInUse;
    int extents = isDeleted ? deletions.extentsOf(inode) : 0;
    List<byte[]> attributes = isDeleted ? operations.attributesOf(inode) : List.of();
    return new Ending(inode, record, isInUse, attributes, extents, deletions.isLarge(extents));
  }

  /** Removes one link; without links the inode is deleted, unless it is open or large. */
  void dropName(Operations.Change change, Ending ending, Instant now) {
    long inode = ending.inode();
    InodeRecord record = ending.record();
    int left = Ending.namesLeft(record);
    if (left > 0) {
      change.put(inode, record.withLinks(left, now));
      return;
    }
    // In this order: a thread that drops the last reference meanwhile sees the inode as unnamed.
    open.addUnnamed(inode);
    if (ending.isLarge() || ending.isInUse() || open.isInUse(inode)) {
      change.put(inode, record.withLinks(0, now));
      change.batch().put(ColumnFamily.ORPHANS, Keys.inode(inode), Keys.number(0));
      if (ending.isLarge() || (deletions.inBackground() && !open.isInUse(inode))) {
        // Who has dropped the last reference found no orphan yet.
        deletions.add(inode);
      }
    } else {
      open.removeUnnamed(inode);
      operations.deleteInode(change, inode, record, ending.attributes());
      change.batch().countDropped(ending.extents());
    }
  }

  boolean isFollowed(long parent, Directory.FoundEntry found) throws IOException {
    return operations.directory().isFollowed(operations.metadata().view(), parent, found);
  }

  void removeDirectory(long parent, byte[] name) throws ErrnoException, IOException {
    operations.requireDirectory(parent);
    Operations.checkName(name);
    if (Directory.isDots(name)) {
      throw new ErrnoException(
          name.length == 1 ? Errno.EINVAL : Errno.ENOTEMPTY, "a dot is not removed");
    }
    while (true) {
      long child = operations.find(parent, name).entry().inode();
      SeenDirectory seen = look(child);
      try (Operations.Change change = operations.change(parent, child)) {
        Directory.FoundEntry found = operations.find(parent, name);
        if (found.entry().inode() != child) {
          continue;
        }
        InodeRecord record = operations.directoryInode(child);
        requireEmpty(seen);
        Instant now = operations.now();
        InodeRecord directory = operations.inode(parent);
        InodeRecord without = directory.modified(now).withLinks(directory.linkCount() - 1, now);
        removeName(change, parent, without, found, record);
        return;
      }
    }
  }

  /**
   * What a directory had before its lock was taken. The scan of a directory that has just been
   * emptied steps over all of its deleted entries, so it is not done under the lock.
   *
   * @param additions {@link Directory#additions} before it was scanned
   */
  record SeenDirectory(long inode, boolean isEmpty, long additions) {}

  /** Looks whether a directory is empty, without holding its lock. */
  SeenDirectory look(long directory) throws ErrnoException, IOException {
    long additions;
    // With the lock, no addition is half done.
    Operations.Change none = operations.change(directory);
    try {
      additions = operations.directory().additions(directory);
    } finally {
      none.close();
    }
    boolean isEmpty = Directory.isEmpty(operations.metadata().view(), directory);
    return new SeenDirectory(directory, isEmpty, additions);
  }

  /** Called with the directory's lock. It is scanned again only if a name was added meanwhile. */
  void requireEmpty(SeenDirectory seen) throws ErrnoException, IOException {
    long directory = seen.inode();
    boolean isAsSeen =
        seen.isEmpty() && operations.directory().additions(directory) == seen.additions();
    if (!isAsSeen && !Directory.isEmpty(operations.metadata().view(), directory)) {
      throw new ErrnoException(Errno.ENOTEMPTY, "directory " + directory + " is not empty");
    }
  }

  /**
   * Purges some of the inodes that had no name when the filesystem was last in use. The caller
   * commits after each call, because no other thread commits during a mount. Malformed keys and
   * inodes that cannot be decoded stay; fsck reports them.
   *
   * @param from the first inode number
   * @param most limit of the number of inodes
   * @return the inode number to continue with; negative if there are no more
   */
  public long purgeOrphans(long from, int most) throws ErrnoException, IOException {
    List<Long> orphans = new ArrayList<>();
    operations
        .metadata()
        .view()
        .scan(
            ColumnFamily.ORPHANS,
            Keys.inode(from),
            null,
            (key, value) -> {
              if (Keys.hasRightLength(ColumnFamily.ORPHANS, key) && Keys.leadingInode(key) > 0) {
                orphans.add(Keys.leadingInode(key));
              }
              return orphans.size() < most;
            });
    for (long inode : orphans) {
      purge(inode);
    }
    return orphans.size() < most ? -1 : orphans.get(most - 1) + 1;
  }

  /** Number of inodes that {@link #purgeOrphans} finds. */
  public long countOrphans() throws IOException {
    long[] count = {0};
    operations
        .metadata()
        .view()
        .scan(
            ColumnFamily.ORPHANS,
            new byte[0],
            null,
            (key, value) -> {
              count[0]++;
              return true;
            });
    return count[0];
  }

  /** An inode that cannot be decoded must not make the mount fail. */
  private void purge(long inode) throws ErrnoException, IOException {
    byte[] value = operations.metadata().view().get(ColumnFamily.INODES, Keys.inode(inode));
    try {
      if (value != null) {
        InodeRecord.decode(value);
      }
    } catch (IOException damaged) {
      String what = "inode " + inode + ", which has no name, cannot be deleted: ";
      operations.health().reportFile(what + damaged.getMessage() + "; run zonefs-j fsck");
      return;
    }
    endOrphan(inode);
  }

  /**
   * Deletes an inode without a name, unless it is in use, or has a name again. A large one is
   * deleted later.
   */
  void endOrphan(long inode) throws ErrnoException, IOException {
    if (!open.isInUse(inode)) {
      int extents = deletions.extentsOf(inode);
      if (deletions.isLarge(extents)) {
        // Whoever uses it meanwhile by its handle ends it afterwards.
        open.addUnnamed(inode);
        deletions.add(inode);
      } else {
        deleteOrphan(inode, extents);
      }
    }
  }

  /**
   * Deletes an inode without a name now, unless it is in use, or has a name again. Its extents are
   * counted before, if they are many.
   */
  public void deleteOrphan(long inode) throws ErrnoException, IOException {
    deleteOrphan(inode, 0);
  }

  /**
   * @param extents that the commit visits
   */
  private void deleteOrphan(long inode, int extents) throws ErrnoException, IOException {
    if (open.isInUse(inode) || !isOrphan(inode)) {
      return;
    }
    try (ExtentCounter.Counted content = operations.countInBackground(inode);
        Operations.Change change = operations.change(inode)) {
      byte[] value = operations.metadata().view().get(ColumnFamily.INODES, Keys.inode(inode));
      if (open.isInUse(inode) || !isOrphan(inode)) {
        return;
      }
      InodeRecord record = value == null ? null : InodeRecord.decode(value);
      List<byte[]> attributes = operations.attributesOf(inode);
      open.removeUnnamed(inode);
      change.batch().delete(ColumnFamily.ORPHANS, Keys.inode(inode));
      if (record != null) {
        operations.deleteInode(change, inode, record, attributes);
        content.keepFor(change.batch().number());
        change.batch().countDropped(extents);
      }
      change.done();
    }
  }

  private boolean isOrphan(long inode) throws IOException {
    return operations.metadata().view().get(ColumnFamily.ORPHANS, Keys.inode(inode)) != null;
  }

  byte[] readLink(long inode) throws ErrnoException, IOException {
    byte[] target = operations.inode(inode).target();
    if (target == null) {
      throw new ErrnoException(Errno.EINVAL, "inode " + inode + " is not a symbolic link");
    }
    return Arrays.copyOf(target, target.length);
  }
}
