// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.FileMode;
import zonefsj.fs.tree.AccessControlList;
import zonefsj.fs.tree.AccessControlList.Kind;
import zonefsj.fs.tree.InodeRecord;

/** Tells what is wrong with an ACL of an inode, and what it should be. */
public final class AclCheck {
  private static final int INODE_BYTES = 8;
  private static final int RWX_OF_ALL = 0777;

  private AclCheck() {}

  /**
   * A list that is wrong.
   *
   * @param what is wrong
   * @param consequence of it
   * @param right the list as it should be; null if there should be none
   */
  public record Wrong(String what, String consequence, @Nullable AccessControlList right) {}

  /**
   * Checks an extended attribute.
   *
   * @param key of the index
   * @return null if it is no ACL, or nothing is wrong with it
   */
  public static @Nullable Wrong check(byte[] key, byte[] value, InodeRecord record) {
    Kind kind = Kind.of(Arrays.copyOfRange(key, INODE_BYTES, key.length));
    if (kind == null) {
      return null;
    }
    if (FileMode.isSymlink(record.mode()) || (kind == Kind.DEFAULT && !record.isDirectory())) {
      return new Wrong(
          "there is an ACL (" + kind + ") on what cannot have one",
          "nothing: it is not used",
          null);
    }
    AccessControlList list;
    try {
      list = AccessControlList.decode(value);
    } catch (IOException invalid) {
      return new Wrong(
          "an ACL (" + kind + ") cannot be used: " + invalid.getMessage(),
          kind == Kind.ACCESS
              ? "the file cannot be opened, and its permissions cannot be changed"
              : "nothing can be made in the directory",
          null);
    }
    int permissions = record.mode() & RWX_OF_ALL;
    if (kind == Kind.ACCESS && list.equivalentMode() != permissions) {
      return new Wrong(
          String.format(
              "the ACL allows 0%o, the permission bits 0%o", list.equivalentMode(), permissions),
          "the file shows other permissions than it has",
          list.withMode(permissions));
    }
    return null;
  }
}
