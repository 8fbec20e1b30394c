// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;

/**
 * A POSIX ACL of the reference: entries in a list, nothing else.
 *
 * @param entries in the order of the attribute
 */
record ReferenceAcl(List<Entry> entries) {
  static final String ACCESS = "system.posix_acl_access";
  static final String DEFAULT = "system.posix_acl_default";

  /**
   * An entry.
   *
   * @param tag {@code U} the owner, {@code u} a user, {@code G} the owning group, {@code g} a
   *     group, {@code M} the mask, {@code O} others; the bit of its place in "UuGgMO" is its number
   * @param rights rwx
   * @param id of a user or group, -1 otherwise
   */
  record Entry(char tag, int rights, int id) {}

  private static final String TAGS = "UuGgMO";

  /** The list of an attribute's value; null for none. */
  static @Nullable ReferenceAcl of(byte[] value) throws ErrnoException {
    ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    if (value.length == 0) {
      return null;
    }
    if (value.length % 8 != 4) {
      throw new ErrnoException(Errno.EINVAL, "length of an ACL");
    }
    if (in.getInt() != 2) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "version of an ACL");
    }
    List<Entry> entries = new ArrayList<>();
    while (in.hasRemaining()) {
      int number = in.getShort();
      int rights = in.getShort();
      int id = in.getInt();
      int place = List.of(1, 2, 4, 8, 16, 32).indexOf(number);
      char tag = place < 0 ? '?' : TAGS.charAt(place);
      boolean named = tag == 'u' || tag == 'g';
      if (rights < 0 || rights > 7 || (named && id == -1)) {
        throw new ErrnoException(Errno.EINVAL, "entry of an ACL");
      }
      entries.add(new Entry(tag, rights, named ? id : -1));
    }
    if (entries.isEmpty()) {
      return null;
    }
    ReferenceAcl acl = new ReferenceAcl(entries);
    long different = entries.stream().map(e -> e.tag() + " " + e.id()).distinct().count();
    if (!acl.tags().matches("UGM?O|Uu*Gg*MO") || different != entries.size()) {
      throw new ErrnoException(Errno.EINVAL, "ACL " + acl.tags());
    }
    return acl;
  }

  byte[] bytes() {
    ByteBuffer out = ByteBuffer.allocate(4 + 8 * entries.size()).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(2);
    for (Entry entry : entries) {
      int number = 1 << TAGS.indexOf(entry.tag());
      out.putShort((short) number).putShort((short) entry.rights()).putInt(entry.id());
    }
    return out.array();
  }

  private String tags() {
    return entries.stream().map(e -> String.valueOf(e.tag())).collect(Collectors.joining());
  }

  /** How far the entry's rights lie from the right in a mode; -1 if they are not in it. */
  private int shift(Entry entry) {
    char group = tags().contains("M") ? 'M' : 'G';
    return entry.tag() == 'U' ? 6 : entry.tag() == group ? 3 : entry.tag() == 'O' ? 0 : -1;
  }

  private int mode() {
    int mode = 0;
    for (Entry entry : entries) {
      mode |= shift(entry) < 0 ? 0 : entry.rights() << shift(entry);
    }
    return mode;
  }

  /** The rights that a mode speaks of become those of the mode. */
  private ReferenceAcl changedTo(int mode) {
    return new ReferenceAcl(
        entries.stream()
            .map(e -> shift(e) < 0 ? e : new Entry(e.tag(), (mode >> shift(e)) & 7, e.id()))
            .toList());
  }

  /** setxattr(2) of an ACL. */
  static void set(ReferenceNode node, String name, byte[] value) throws ErrnoException {
    ReferenceAcl acl = of(value);
    if (FileMode.isSymlink(node.mode)) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "ACL of a symlink");
    }
    if (acl == null) {
      node.xattrs.remove(name);
      return;
    }
    if (name.equals(DEFAULT) && !node.isDirectory()) {
      throw new ErrnoException(Errno.EACCES, "default ACL of a file");
    }
    if (name.equals(ACCESS)) {
      give(node, acl);
    } else {
      node.xattrs.put(name, acl.bytes());
    }
  }

  private static void give(ReferenceNode node, ReferenceAcl access) {
    node.mode = (node.mode & ~0777) | access.mode();
    node.xattrs.remove(ACCESS);
    if (access.entries.size() > 3) {
      node.xattrs.put(ACCESS, access.bytes());
    }
  }

  /** The mode of a node has changed. */
  static void follow(ReferenceNode node) throws ErrnoException {
    byte[] value = node.xattrs.get(ACCESS);
    ReferenceAcl acl = value == null ? null : of(value);
    if (acl != null) {
      node.xattrs.put(ACCESS, acl.changedTo(node.mode).bytes());
    }
  }

  /** A node was made in a directory. */
  static void inherit(ReferenceNode directory, ReferenceNode made, int umask)
      throws ErrnoException {
    if (FileMode.isSymlink(made.mode)) {
      return;
    }
    byte[] value = directory.xattrs.get(DEFAULT);
    ReferenceAcl acl = value == null ? null : of(value);
    if (acl == null) {
      made.mode &= ~umask;
      return;
    }
    give(made, acl.changedTo(acl.mode() & made.mode));
    if (made.isDirectory()) {
      made.xattrs.put(DEFAULT, acl.bytes());
    }
  }
}
