// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.XattrMode;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.AccessControlList.Kind;
import zonefsj.fs.tree.InodeRecord;

/** Operations on extended attributes. Thread-safe. */
final class XattrOperations {
  /** XATTR_LIST_MAX: the kernel accepts no longer list, and reports an error for one. */
  private static final int MAX_LIST_BYTES = 65_536;

  private static final int MAX_VALUE_BYTES = 64 << 10;
  private static final Set<String> NAMESPACES = Set.of("user", "trusted", "security");

  private static final byte[] TRUSTED_PREFIX = "trusted.".getBytes(StandardCharsets.US_ASCII);

  private final Operations operations;
  private final AccessControl access;

  XattrOperations(Operations operations, AccessControl access) {
    this.operations = operations;
    this.access = access;
  }

  byte[] get(long inode, byte[] name) throws ErrnoException, IOException {
    checkName(name);
    if (Kind.of(name) != null) {
      AccessControl.requirePossible(operations.inode(inode));
    }
    byte[] value = operations.metadata().view().get(ColumnFamily.XATTRS, Keys.xattr(inode, name));
    if (value == null) {
      operations.inode(inode);
      throw new ErrnoException(Errno.ENODATA, "no such attribute");
    }
    return value.clone();
  }

  void set(long inode, byte[] name, byte[] value, XattrMode mode)
      throws ErrnoException, IOException {
    checkName(name);
    if (value.length > MAX_VALUE_BYTES) {
      throw new ErrnoException(Errno.E2BIG, "an attribute of " + value.length + " bytes");
    }
    Kind acl = Kind.of(name);
    if (acl != null) {
      access.set(inode, acl, value, mode.dropsSetGroupId());
      return;
    }
    operations.admission().checkRoomForMetadata();
    try (Operations.Change change = operations.change(inode)) {
      byte[] key = Keys.xattr(inode, name);
      boolean exists = operations.metadata().view().get(ColumnFamily.XATTRS, key) != null;
      if (mode.mustBeNew() && exists) {
        throw new ErrnoException(Errno.EEXIST, "the attribute exists");
      }
      if (mode.mustExist() && !exists) {
        throw new ErrnoException(Errno.ENODATA, "no such attribute");
      }
      change.put(inode, operations.inode(inode).changed(operations.now()));
      change.batch().put(ColumnFamily.XATTRS, key, value.clone());
      change.done();
    }
  }

  List<byte[]> list(Caller caller, long inode) throws ErrnoException, IOException {
    operations.inode(inode);
    List<byte[]> names = new ArrayList<>();
    int[] bytes = {0};
    operations
        .metadata()
        .view()
        .scan(
            ColumnFamily.XATTRS,
            Keys.inode(inode),
            Keys.inode(inode + 1),
            (key, value) -> {
              byte[] name = Keys.xattrName(key);
              if (isVisible(caller, name)) {
                names.add(name);
                bytes[0] += name.length + 1;
              }
              return bytes[0] <= MAX_LIST_BYTES;
            });
    return names;
  }

  /** The kernel refuses to read the trusted attributes, and leaves their names to filesystems. */
  private static boolean isVisible(Caller caller, byte[] name) {
    int prefix = TRUSTED_PREFIX.length;
    return name.length < prefix
        || !Arrays.equals(name, 0, prefix, TRUSTED_PREFIX, 0, prefix)
        || caller.isAdministrator();
  }

  void remove(long inode, byte[] name) throws ErrnoException, IOException {
    checkName(name);
    Kind acl = Kind.of(name);
    if (acl != null) {
      access.remove(inode, acl);
      return;
    }
    try (Operations.Change change = operations.change(inode)) {
      byte[] key = Keys.xattr(inode, name);
      InodeRecord record = operations.inode(inode);
      if (operations.metadata().view().get(ColumnFamily.XATTRS, key) == null) {
        throw new ErrnoException(Errno.ENODATA, "no such attribute");
      }
      change.put(inode, record.changed(operations.now()));
      change.batch().delete(ColumnFamily.XATTRS, key);
      change.done();
    }
  }

  private static void checkName(byte[] name) throws ErrnoException {
    if (name.length == 0 || name.length > Keys.MOST_XATTR_NAME_BYTES) {
      throw new ErrnoException(Errno.ERANGE, "an attribute name of " + name.length + " bytes");
    }
    if (Kind.of(name) != null) {
      return;
    }
    String text = new String(name, StandardCharsets.ISO_8859_1);
    int dot = text.indexOf('.');
    if (dot < 0 || !NAMESPACES.contains(text.substring(0, dot))) {
      throw new ErrnoException(
          Errno.EOPNOTSUPP, "attributes are user, trusted, security, and ACLs");
    }
    if (dot == text.length() - 1) {
      throw new ErrnoException(Errno.EINVAL, "an attribute without a name");
    }
  }
}
