// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/**
 * A valid POSIX access control list. As an extended attribute it has the form of
 * linux/posix_acl_xattr.h, little-endian:
 *
 * <pre>
 *  0  u32  version, 2
 *  4  entries of u16 tag, u16 permissions (rwx), u32 id (of a named user or group; else all ones)
 * </pre>
 *
 * The numbers of the tags follow the required order of the entries: the owner, named users, the
 * owning group, named groups, the mask, others. See acl(5), "Correspondence between ACL entries and
 * file permission bits", for the relation of mask and mode.
 */
public final class AccessControlList {
  private static final int USER_OBJ = 0x01;
  private static final int USER = 0x02;
  private static final int GROUP_OBJ = 0x04;
  private static final int GROUP = 0x08;
  private static final int MASK = 0x10;
  private static final int OTHER = 0x20;

  private static final int VERSION = 2;
  private static final int HEADER_BYTES = 4;
  private static final int ENTRY_BYTES = 8;
  private static final int NO_ID = -1;
  private static final int RWX = 7;
  private static final int USER_SHIFT = 6;
  private static final int GROUP_SHIFT = 3;
  private static final int RWX_OF_ALL = 0777;
  private static final int BASE_ENTRIES = 3;

  /** The purpose of a list. */
  public enum Kind {
    /** Controls access to the file. */
    ACCESS("system.posix_acl_access"),
    /** Initial list of new files in the directory. */
    DEFAULT("system.posix_acl_default");

    private final String xattrName;

    Kind(String xattrName) {
      this.xattrName = xattrName;
    }

    /** Name of the extended attribute. */
    public byte[] xattrName() {
      return xattrName.getBytes(StandardCharsets.US_ASCII);
    }

    /** The kind of an extended attribute; null if it is no ACL. */
    public static @Nullable Kind of(byte[] xattrName) {
      String text = new String(xattrName, StandardCharsets.ISO_8859_1);
      for (Kind kind : values()) {
        if (kind.xattrName.equals(text)) {
          return kind;
        }
      }
      return null;
    }
  }

  private record Entry(int tag, int permissions, int id) {
    boolean isNamed() {
      return tag == USER || tag == GROUP;
    }

    Entry allowing(int newPermissions) {
      return new Entry(tag, newPermissions & RWX, id);
    }
  }

  private final List<Entry> entries;

  private AccessControlList(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /**
   * Reads the value of an extended attribute.
   *
   * @return null for a value without entries, which means no list
   * @throws ErrnoException EINVAL if it is no valid list; EOPNOTSUPP, as in Linux, for another
   *     version
   */
  public static @Nullable AccessControlList parse(byte[] value) throws ErrnoException {
    if (value.length == 0) {
      return null;
    }
    if (value.length < HEADER_BYTES || (value.length - HEADER_BYTES) % ENTRY_BYTES != 0) {
      throw new ErrnoException(Errno.EINVAL, "an ACL of " + value.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    int version = in.getInt();
    if (version != VERSION) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "an ACL of version " + version);
    }
    List<Entry> entries = new ArrayList<>();
    while (in.hasRemaining()) {
      int tag = Short.toUnsignedInt(in.getShort());
      int permissions = Short.toUnsignedInt(in.getShort());
      int id = in.getInt();
      entries.add(new Entry(tag, permissions, tag == USER || tag == GROUP ? id : NO_ID));
    }
    if (entries.isEmpty()) {
      return null;
    }
    checkOrder(entries);
    checkComplete(entries);
    return new AccessControlList(entries);
  }

  private static void checkOrder(List<Entry> entries) throws ErrnoException {
    Set<Entry> seen = new HashSet<>();
    int last = 0;
    for (Entry entry : entries) {
      boolean known = Integer.bitCount(entry.tag) == 1 && entry.tag <= OTHER;
      if (!known || (entry.permissions & ~RWX) != 0) {
        throw new ErrnoException(Errno.EINVAL, "an ACL has an impossible entry " + entry);
      }
      if (entry.tag < last) {
        throw new ErrnoException(Errno.EINVAL, "the entries of an ACL are not in order");
      }
      if (entry.isNamed() == (entry.id == NO_ID)) {
        throw new ErrnoException(Errno.EINVAL, "an ACL names nobody");
      }
      if (!seen.add(entry.allowing(0))) {
        throw new ErrnoException(Errno.EINVAL, "an ACL has an entry twice");
      }
      last = entry.tag;
    }
  }

  private static void checkComplete(List<Entry> entries) throws ErrnoException {
    int tags = 0;
    for (Entry entry : entries) {
      tags |= entry.tag;
    }
    int base = USER_OBJ | GROUP_OBJ | OTHER;
    if ((tags & base) != base) {
      throw new ErrnoException(Errno.EINVAL, "an ACL needs owner, group and others");
    }
    if ((tags & (USER | GROUP)) != 0 && (tags & MASK) == 0) {
      throw new ErrnoException(Errno.EINVAL, "an ACL that names somebody needs a mask");
    }
  }

  /** Reads a value of the index, which was checked when it was set. */
  public static AccessControlList decode(byte[] value) throws IOException {
    try {
      AccessControlList list = parse(value);
      if (list != null) {
        return list;
      }
    } catch (ErrnoException invalid) {
      throw new IOException("the index holds no valid ACL: " + invalid.getMessage(), invalid);
    }
    throw new IOException("the index holds an empty ACL");
  }

  /** The value of the extended attribute. */
  public byte[] encode() {
    ByteBuffer out =
        ByteBuffer.allocate(HEADER_BYTES + ENTRY_BYTES * entries.size())
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(VERSION);
    for (Entry entry : entries) {
      out.putShort((short) entry.tag).putShort((short) entry.permissions).putInt(entry.id);
    }
    return out.array();
  }

  /** Whether the permission bits of a mode express the same: no named entries and no mask. */
  public boolean isMinimal() {
    return entries.size() == BASE_ENTRIES;
  }

  private int groupClass() {
    return entries.stream().anyMatch(entry -> entry.tag == MASK) ? MASK : GROUP_OBJ;
  }

  /**
   * The nine permission bits that correspond to the list. The group bits are those of the mask, if
   * there is one.
   */
  public int equivalentMode() {
    int groupClass = groupClass();
    int mode = 0;
    for (Entry entry : entries) {
      if (entry.tag == USER_OBJ) {
        mode |= entry.permissions << USER_SHIFT;
      } else if (entry.tag == groupClass) {
        mode |= entry.permissions << GROUP_SHIFT;
      } else if (entry.tag == OTHER) {
        mode |= entry.permissions;
      }
    }
    return mode;
  }

  /** The list after chmod(2): sets the entries that correspond to the mode. */
  public AccessControlList withMode(int mode) {
    int groupClass = groupClass();
    List<Entry> changed = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      if (entry.tag == USER_OBJ) {
        changed.add(entry.allowing(mode >> USER_SHIFT));
      } else if (entry.tag == groupClass) {
        changed.add(entry.allowing(mode >> GROUP_SHIFT));
      } else {
        changed.add(entry.tag == OTHER ? entry.allowing(mode) : entry);
      }
    }
    return new AccessControlList(changed);
  }

  /**
   * List and mode of a new inode.
   *
   * @param access its access list
   * @param mode its mode
   */
  public record Inherited(AccessControlList access, int mode) {}

  /**
   * List and mode of a new inode in a directory with this default list: the intersection of the
   * list and the mode.
   *
   * @param mode as requested, without a umask
   */
  public Inherited inherit(int mode) {
    AccessControlList access = withMode(mode & equivalentMode());
    return new Inherited(access, (mode & ~RWX_OF_ALL) | access.equivalentMode());
  }
}
