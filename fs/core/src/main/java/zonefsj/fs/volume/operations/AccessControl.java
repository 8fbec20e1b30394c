// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.AccessControlList;
import zonefsj.fs.tree.AccessControlList.Kind;
import zonefsj.fs.tree.InodeRecord;

/**
 * Keeps access control lists and permission bits consistent, always in one batch. The kernel
 * enforces them; this class does what Linux leaves to the filesystem. An access list that is
 * equivalent to the mode is not stored. Thread-safe.
 */
final class AccessControl {
  private static final int RWX_OF_ALL = 0777;

  private final Operations operations;

  AccessControl(Operations operations) {
    this.operations = operations;
  }

  /** Refuses an inode that cannot have a list. */
  static void requirePossible(InodeRecord record) throws ErrnoException {
    if (FileMode.isSymlink(record.mode())) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "a symbolic link has no ACL");
    }
  }

  private @Nullable AccessControlList stored(long inode, Kind kind) throws IOException {
    byte[] value = operations.metadata().view().get(ColumnFamily.XATTRS, key(inode, kind));
    return value == null ? null : AccessControlList.decode(value);
  }

  private static byte[] key(long inode, Kind kind) {
    return Keys.xattr(inode, kind.xattrName());
  }

  private static void put(Operations.Change change, long inode, Kind kind, AccessControlList list) {
    change.batch().put(ColumnFamily.XATTRS, key(inode, kind), list.encode());
  }

  /**
   * Sets a list; a value without entries removes it. Lists ignore {@code XATTR_CREATE} and {@code
   * XATTR_REPLACE}.
   */
  void set(long inode, Kind kind, byte[] value, boolean dropsSetGroupId)
      throws ErrnoException, IOException {
    AccessControlList list = AccessControlList.parse(value);
    if (list == null) {
      remove(inode, kind);
      return;
    }
    operations.admission().checkRoomForMetadata();
    try (Operations.Change change = operations.change(inode)) {
      InodeRecord record = operations.inode(inode);
      requirePossible(record);
      if (kind == Kind.DEFAULT && !record.isDirectory()) {
        throw new ErrnoException(Errno.EACCES, "only a directory has a default ACL");
      }
      if (kind == Kind.ACCESS) {
        int kept = record.mode() & ~(RWX_OF_ALL | (dropsSetGroupId ? FileMode.SET_GID : 0));
        record = record.withMode(kept | list.equivalentMode());
      }
      InodeRecord changed = record.changed(operations.now());
      if (kind == Kind.ACCESS && list.isMinimal()) {
        change.batch().delete(ColumnFamily.XATTRS, key(inode, kind));
      } else {
        put(change, inode, kind, list);
      }
      change.put(inode, changed);
      change.done();
    }
  }

  /** Removes a list, if there is one; the mode stays as it is. */
  void remove(long inode, Kind kind) throws ErrnoException, IOException {
    try (Operations.Change change = operations.change(inode)) {
      InodeRecord record = operations.inode(inode);
      requirePossible(record);
      byte[] key = key(inode, kind);
      if (operations.metadata().view().get(ColumnFamily.XATTRS, key) != null) {
        change.put(inode, record.changed(operations.now()));
        change.batch().delete(ColumnFamily.XATTRS, key);
        change.done();
      }
    }
  }

  /** The access list that matches new permission bits; null if there is none. */
  @Nullable AccessControlList following(long inode, int mode) throws IOException {
    AccessControlList list = stored(inode, Kind.ACCESS);
    return list == null ? null : list.withMode(mode);
  }

  /** Stores the access list that matches the changed permission bits. */
  void follow(Operations.Change change, long inode, AccessControlList list) {
    put(change, inode, Kind.ACCESS, list);
  }

  /**
   * Mode and lists of a new inode.
   *
   * @param mode its mode
   * @param access its access list, unless it is equivalent to the mode
   * @param inherited the default list of a new directory, if any
   */
  record Beginning(
      int mode, @Nullable AccessControlList access, @Nullable AccessControlList inherited) {

    /** Stores the lists. */
    void put(Operations.Change change, long inode) {
      if (access != null) {
        AccessControl.put(change, inode, Kind.ACCESS, access);
      }
      if (inherited != null) {
        AccessControl.put(change, inode, Kind.DEFAULT, inherited);
      }
    }
  }

  /** Mode and lists of a new inode in a directory. The directory's lock is held. */
  Beginning below(long directory, int mode, int umask) throws IOException {
    if (FileMode.isSymlink(mode)) {
      return new Beginning(mode, null, null);
    }
    AccessControlList list = stored(directory, Kind.DEFAULT);
    if (list == null) {
      return new Beginning(mode & ~(umask & RWX_OF_ALL), null, null);
    }
    AccessControlList.Inherited begins = list.inherit(mode);
    return new Beginning(
        begins.mode(),
        begins.access().isMinimal() ? null : begins.access(),
        FileMode.isDirectory(mode) ? list : null);
  }
}
