// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.time.Instant;
import java.util.List;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;

/** Extended attributes of the reference. */
final class ReferenceXattrs {
  private static final int MAX_XATTR_BYTES = 64 << 10;

  private ReferenceXattrs() {}

  static byte[] get(ReferenceNode node, byte[] name) throws ErrnoException {
    if (isAcl(name) && FileMode.isSymlink(node.mode)) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "ACL of a symlink");
    }
    byte[] value = node.xattrs.get(ReferenceNode.key(name));
    if (value == null) {
      checkNamespace(name);
      throw new ErrnoException(Errno.ENODATA, "xattr");
    }
    return value.clone();
  }

  static void set(ReferenceNode node, byte[] name, byte[] value, XattrMode mode, Instant now)
      throws ErrnoException {
    checkNamespace(name);
    if (name.length == 0 || name.length > ZoneFileSystem.MAX_NAME_BYTES) {
      throw new ErrnoException(Errno.ERANGE, "xattr name");
    }
    if (value.length > MAX_XATTR_BYTES) {
      throw new ErrnoException(Errno.E2BIG, "xattr value");
    }
    String key = ReferenceNode.key(name);
    boolean exists = node.xattrs.containsKey(key);
    if (isAcl(name)) {
      ReferenceAcl.set(node, key, value);
      node.changeTime = value.length <= 4 && !exists ? node.changeTime : now;
      return;
    }
    if (mode.mustBeNew() && exists) {
      throw new ErrnoException(Errno.EEXIST, "xattr");
    }
    if (mode.mustExist() && !exists) {
      throw new ErrnoException(Errno.ENODATA, "xattr");
    }
    node.xattrs.put(key, value.clone());
    node.changeTime = now;
  }

  static List<byte[]> list(ReferenceNode node) {
    return node.xattrs.keySet().stream().map(ReferenceNode::bytes).toList();
  }

  static void remove(ReferenceNode node, byte[] name, Instant now) throws ErrnoException {
    if (isAcl(name)) {
      set(node, name, new byte[0], XattrMode.ANY, now);
      return;
    }
    get(node, name);
    node.xattrs.remove(ReferenceNode.key(name));
    node.changeTime = now;
  }

  static boolean isAccessAcl(byte[] name) {
    return ReferenceNode.key(name).equals(ReferenceAcl.ACCESS);
  }

  static boolean isAcl(byte[] name) {
    String key = ReferenceNode.key(name);
    return key.equals(ReferenceAcl.ACCESS) || key.equals(ReferenceAcl.DEFAULT);
  }

  private static void checkNamespace(byte[] name) throws ErrnoException {
    if (ReferenceNode.key(name).startsWith("system.") && !isAcl(name)) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "xattr of the system");
    }
  }
}
