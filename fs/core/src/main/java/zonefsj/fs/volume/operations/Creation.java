// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ZoneFileSystem.Created;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.InodeRecord;

/** Creates inodes. Thread-safe. */
final class Creation {
  private static final int RUNS_AS_GROUP = FileMode.SET_GID | 010;

  private final Operations operations;
  private final OpenFiles open;
  private final AccessControl access;

  Creation(Operations operations, OpenFiles open, AccessControl access) {
    this.operations = operations;
    this.open = open;
    this.access = access;
  }

  Attributes make(
      Caller caller, long parent, byte[] name, int mode, long device, byte @Nullable [] target)
      throws ErrnoException, IOException {
    return make(caller, parent, name, mode, device, target, null).attributes();
  }

  Created create(Caller caller, long parent, byte[] name, int mode, OpenFlags flags)
      throws ErrnoException, IOException {
    return make(caller, parent, name, regular(mode), 0, null, flags);
  }

  private static int regular(int mode) {
    return FileMode.REGULAR | (mode & FileMode.PERMISSION_MASK);
  }

  private Created make(
      Caller caller,
      long parent,
      byte[] name,
      int mode,
      long device,
      byte @Nullable [] target,
      @Nullable OpenFlags flags)
      throws ErrnoException, IOException {
    operations.requireDirectory(parent);
    Operations.checkName(name);
    if (target != null && target.length == 0) {
      throw new ErrnoException(Errno.ENOENT, "empty target of a symbolic link");
    }
    if (target != null && target.length > InodeRecord.MAX_TARGET_BYTES) {
      throw new ErrnoException(Errno.ENAMETOOLONG, "target of " + target.length + " bytes");
    }
    if (flags != null) {
      open.checkRoom();
    }
    operations.admission().checkRoomForMetadata();
    try (Operations.Change change = operations.change(parent)) {
      InodeRecord directory = operations.liveDirectory(parent);
      operations.requireNew(parent, name);
      boolean isDirectory = FileMode.isDirectory(mode);
      if (isDirectory && directory.linkCount() >= Operations.MAX_LINKS) {
        throw new ErrnoException(Errno.EMLINK, "directory " + parent + " has too many children");
      }
      Instant now = operations.now();
      AccessControl.Beginning begins =
          access.below(parent, mayKeep(caller, directory, mode), caller.umask());
      InodeRecord record = newRecord(caller, directory, begins.mode(), device, now);
      if (target != null) {
        record = record.withTarget(target);
      }
      long cookie = operations.directory().freeCookie(operations.metadata().view(), parent, name);
      long inode = operations.metadata().counters().newInode();
      operations
          .directory()
          .add(change.batch(), parent, cookie, Operations.entry(inode, mode, name));
      change.put(inode, record);
      begins.put(change, inode);
      InodeRecord changed = directory.modified(now);
      if (isDirectory) {
        changed = changed.withLinks(directory.linkCount() + 1, now);
      }
      change.put(parent, changed);
      change.done();
      long handle = flags == null ? 0 : open.open(inode, flags);
      return new Created(handle, record.attributes(inode, 0));
    }
  }

  /** Creates and opens a regular file without a name, as if it was unlinked while open. */
  Created createUnnamed(Caller caller, long parent, int mode, OpenFlags flags)
      throws ErrnoException, IOException {
    operations.requireDirectory(parent);
    open.checkRoom();
    operations.admission().checkRoomForMetadata();
    try (Operations.Change change = operations.change(parent)) {
      InodeRecord directory = operations.liveDirectory(parent);
      Instant now = operations.now();
      AccessControl.Beginning begins =
          access.below(parent, mayKeep(caller, directory, regular(mode)), caller.umask());
      InodeRecord record = newRecord(caller, directory, begins.mode(), 0, now).withLinks(0, now);
      long inode = operations.metadata().counters().newInode();
      // Open first, so that no thread deletes the unnamed inode as unused.
      long handle = open.open(inode, flags);
      open.addNeverNamed(inode);
      change.put(inode, record);
      begins.put(change, inode);
      change.batch().put(ColumnFamily.ORPHANS, Keys.inode(inode), Keys.number(0));
      change.done();
      return new Created(handle, record.attributes(inode, 0));
    }
  }

  /**
   * The part of a requested mode that the caller may give to a new inode: nobody gets into a group
   * by a program that inherits the group of its directory. Linux 6.0 and newer do this themselves,
   * also before the umask (mode_strip_sgid); older kernels leave it to the filesystem
   * (CVE-2018-13405).
   */
  private static int mayKeep(Caller caller, InodeRecord directory, int mode) {
    boolean inherits = (directory.mode() & FileMode.SET_GID) != 0;
    boolean runsAsGroup = (mode & RUNS_AS_GROUP) == RUNS_AS_GROUP;
    boolean isChecked = inherits && runsAsGroup && !FileMode.isDirectory(mode);
    return isChecked && caller.uid() != 0 && !caller.isInGroup(directory.gid())
        ? mode & ~FileMode.SET_GID
        : mode;
  }

  static InodeRecord newRecord(
      Caller caller, InodeRecord directory, int mode, long device, Instant now) {
    boolean inherits = (directory.mode() & FileMode.SET_GID) != 0;
    int gid = inherits ? directory.gid() : caller.gid();
    boolean isDirectory = FileMode.isDirectory(mode);
    int newMode = inherits && isDirectory ? mode | FileMode.SET_GID : mode;
    return InodeRecord.create(newMode, isDirectory ? 2 : 1, caller.uid(), gid, device, now);
  }
}
