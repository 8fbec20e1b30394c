// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.RenameMode;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;

/** Renames. Thread-safe. */
final class RenameOperations {
  private final Operations operations;
  private final NamespaceOperations names;
  private final Ancestry ancestry;

  /**
   * Serializes renames that give a directory another parent, so that no two of them can create a
   * cycle. Never taken inside a change.
   */
  private final ReentrantLock directoryRenames = new ReentrantLock();

  RenameOperations(Operations operations, NamespaceOperations names) {
    this.operations = operations;
    this.names = names;
    this.ancestry = new Ancestry(operations.metadata());
  }

  void rename(
      Caller caller, long parent, byte[] name, long newParent, byte[] newName, RenameMode mode)
      throws ErrnoException, IOException {
    operations.requireDirectory(parent);
    operations.requireDirectory(newParent);
    Operations.checkName(name);
    Operations.checkName(newName);
    if (Directory.isDots(name) || Directory.isDots(newName)) {
      throw new ErrnoException(Errno.EBUSY, "a dot is not renamed");
    }
    boolean done = false;
    while (!done) {
      EntryRecord source = operations.find(parent, name).entry();
      EntryRecord target = entryAt(newParent, newName);
      boolean isLonger = target == null && newName.length > name.length;
      if (mode.leavesWhiteout() || (isLonger && mode != RenameMode.EXCHANGE)) {
        // As a new name does, it makes the index longer.
        operations.admission().checkRoomForMetadata();
      }
      if (parent != newParent && (source.isDirectory() || isDirectory(target))) {
        moveDirectory(caller, parent, name, newParent, newName, mode);
        return;
      }
      Ancestry.Containment none = Ancestry.Containment.NONE;
      done = tryRename(caller, source, parent, target, newParent, newName, mode, none);
    }
  }

  /** A rename between directories, of a directory or over one when it was last looked at. */
  private void moveDirectory(
      Caller caller, long parent, byte[] name, long newParent, byte[] newName, RenameMode mode)
      throws ErrnoException, IOException {
    directoryRenames.lock();
    try {
      EntryRecord source = operations.find(parent, name).entry();
      EntryRecord target = entryAt(newParent, newName);
      Ancestry.Containment containment = ancestry.containment(source, parent, target, newParent);
      while (!tryRename(caller, source, parent, target, newParent, newName, mode, containment)) {
        EntryRecord sourceNow = operations.find(parent, name).entry();
        EntryRecord targetNow = entryAt(newParent, newName);
        // The walks can be long, and others change the names meanwhile: none is repeated in vain.
        if (!isSame(sourceNow, source) || !isSame(targetNow, target)) {
          containment = ancestry.containment(sourceNow, parent, targetNow, newParent);
        }
        source = sourceNow;
        target = targetNow;
      }
    } finally {
      directoryRenames.unlock();
    }
  }

  private @Nullable EntryRecord entryAt(long parent, byte[] name) throws IOException {
    Directory.FoundEntry found =
        operations.directory().find(operations.metadata().view(), parent, name);
    return found == null ? null : found.entry();
  }

  private static boolean isDirectory(@Nullable EntryRecord entry) {
    return entry != null && entry.isDirectory();
  }

  private static boolean isSame(@Nullable EntryRecord a, @Nullable EntryRecord b) {
    if (a == null || b == null) {
      return a == null && b == null;
    }
    return a.inode() == b.inode() && a.typeBits() == b.typeBits();
  }

  /** Returns false if the names changed before the locks were taken. */
  private boolean tryRename(
      Caller caller,
      EntryRecord seenSource,
      long parent,
      @Nullable EntryRecord seenTarget,
      long newParent,
      byte[] newName,
      RenameMode mode,
      Ancestry.Containment containment)
      throws ErrnoException, IOException {
    long moved = seenSource.inode();
    long replaced = seenTarget == null ? moved : seenTarget.inode();
    boolean mustBeEmpty =
        isDirectory(seenTarget) && replaced != moved && mode != RenameMode.EXCHANGE;
    NamespaceOperations.SeenDirectory seen = mustBeEmpty ? names.look(replaced) : null;
    try (Operations.Change change = operations.change(parent, newParent, moved, replaced)) {
      Directory.FoundEntry source = operations.find(parent, seenSource.name());
      Directory.FoundEntry target =
          operations.directory().find(operations.metadata().view(), newParent, newName);
      if (!isSame(source.entry(), seenSource)
          || !isSame(target == null ? null : target.entry(), seenTarget)) {
        return false;
      }
      operations.liveDirectory(newParent);
      checkRename(source.entry(), target == null ? null : target.entry(), mode, containment);
      if (seen != null) {
        names.requireEmpty(seen);
      }
      if (target != null && target.entry().inode() == moved) {
        return true;
      }
      if (mode == RenameMode.EXCHANGE && target != null) {
        exchange(change, parent, source, newParent, target);
      } else {
        move(change, parent, source, newParent, newName, target, whiteout(caller, parent, mode));
      }
      change.done();
      return true;
    }
  }

  private void checkRename(
      EntryRecord source,
      @Nullable EntryRecord target,
      RenameMode mode,
      Ancestry.Containment containment)
      throws ErrnoException, IOException {
    if (target == null) {
      if (mode == RenameMode.EXCHANGE) {
        throw new ErrnoException(Errno.ENOENT, "no name to exchange with");
      }
    } else if (mode.mustBeNew()) {
      throw new ErrnoException(Errno.EEXIST, "the name exists");
    }
    if (containment.sourceContainsTarget()) {
      throw new ErrnoException(Errno.EINVAL, "a directory cannot move into itself");
    }
    if (target == null || target.inode() == source.inode()) {
      return;
    }
    if (mode == RenameMode.EXCHANGE) {
      if (containment.targetContainsSource()) {
        throw new ErrnoException(Errno.EINVAL, "a directory cannot move into itself");
      }
      return;
    }
    if (containment.targetContainsSource()) {
      throw new ErrnoException(Errno.ENOTEMPTY, "directory " + target.inode() + " is not empty");
    }
    if (source.isDirectory() && !target.isDirectory()) {
      throw new ErrnoException(Errno.ENOTDIR, "the target is not a directory");
    }
    if (!source.isDirectory() && target.isDirectory()) {
      throw new ErrnoException(Errno.EISDIR, "the target is a directory");
    }
  }

  private void exchange(
      Operations.Change change,
      long parent,
      Directory.FoundEntry source,
      long newParent,
      Directory.FoundEntry target)
      throws ErrnoException, IOException {
    EntryRecord a = source.entry();
    EntryRecord b = target.entry();
    Instant now = operations.now();
    InodeRecord recordOfA = operations.inode(a.inode()).changed(now);
    InodeRecord recordOfB = operations.inode(b.inode()).changed(now);
    int directoriesIn = (a.isDirectory() ? 1 : 0) - (b.isDirectory() ? 1 : 0);
    touchParents(change, parent, newParent, -directoriesIn, directoriesIn, now);
    Directory directory = operations.directory();
    directory.replace(
        change.batch(), parent, source, new EntryRecord(b.inode(), b.typeBits(), a.name()));
    directory.replace(
        change.batch(), newParent, target, new EntryRecord(a.inode(), a.typeBits(), b.name()));
    change.put(a.inode(), recordOfA);
    change.put(b.inode(), recordOfB);
  }

  /** The inode that the old name gets; null for none. */
  private @Nullable InodeRecord whiteout(Caller caller, long parent, RenameMode mode)
      throws ErrnoException, IOException {
    return mode.leavesWhiteout()
        ? Creation.newRecord(
            caller, operations.inode(parent), FileMode.CHARACTER, 0, operations.now())
        : null;
  }

  private void move(
      Operations.Change change,
      long parent,
      Directory.FoundEntry source,
      long newParent,
      byte[] newName,
      Directory.@Nullable FoundEntry target,
      @Nullable InodeRecord whiteout)
      throws ErrnoException, IOException {
    Directory directory = operations.directory();
    EntryRecord entry = source.entry();
    boolean isDirectory = entry.isDirectory();
    Instant now = operations.now();
    EntryRecord renamed = new EntryRecord(entry.inode(), entry.typeBits(), newName.clone());
    InodeRecord moved = operations.inode(entry.inode()).changed(now);
    boolean replacesDirectory = target != null && target.entry().isDirectory();
    int targetLinks = (isDirectory ? 1 : 0) - (replacesDirectory ? 1 : 0);
    boolean followed = names.isFollowed(parent, source);
    if (target == null) {
      long cookie = directory.freeCookie(operations.metadata().view(), newParent, newName);
      touchParents(change, parent, newParent, isDirectory ? -1 : 0, targetLinks, now);
      directory.add(change.batch(), newParent, cookie, renamed);
      // Two names with the same hash, in one directory.
      followed |= parent == newParent && cookie == source.cookie() + 1;
    } else {
      long gone = target.entry().inode();
      NamespaceOperations.Ending ending = names.endingOf(gone, operations.inode(gone));
      touchParents(change, parent, newParent, isDirectory ? -1 : 0, targetLinks, now);
      directory.replace(change.batch(), newParent, target, renamed);
      names.dropName(change, ending, now);
    }
    if (whiteout == null) {
      directory.remove(change.batch(), parent, source, followed);
    } else {
      long inode = operations.metadata().counters().newInode();
      directory.replace(
          change.batch(), parent, source, Operations.entry(inode, whiteout.mode(), entry.name()));
      change.put(inode, whiteout);
    }
    change.put(entry.inode(), moved);
  }

  /** Refuses before it changes anything. */
  private void touchParents(
      Operations.Change change, long from, long to, int fromLinks, int toLinks, Instant now)
      throws ErrnoException, IOException {
    InodeRecord first = touched(from, fromLinks + (from == to ? toLinks : 0), now);
    InodeRecord second = from == to ? first : touched(to, toLinks, now);
    change.put(from, first);
    if (from != to) {
      change.put(to, second);
    }
  }

  private InodeRecord touched(long parent, int moreLinks, Instant now)
      throws ErrnoException, IOException {
    InodeRecord record = operations.inode(parent);
    if (moreLinks > 0 && record.linkCount() == Operations.MAX_LINKS) {
      throw new ErrnoException(Errno.EMLINK, "directory " + parent + " has too many children");
    }
    return record.modified(now).withLinks(record.linkCount() + moreLinks, now);
  }
}
