package zonefsj.fs.meta;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The keys of the metadata families; all numbers big-endian, so that they sort. What takes a key or
 * a value apart refuses one that is too short: only damage makes such.
 */
public final class Keys {
  /** META: the next inode number. */
  public static final byte[] NEXT_INODE = "next-inode".getBytes(StandardCharsets.US_ASCII);

  /** META: how many inodes there are. */
  public static final byte[] INODE_COUNT = "inode-count".getBytes(StandardCharsets.US_ASCII);

  /** META: how many extents lie in zones. */
  public static final byte[] EXTENT_COUNT = "extent-count".getBytes(StandardCharsets.US_ASCII);

  private Keys() {}

  /** INODES, ORPHANS: an inode. */
  public static byte[] inode(long inode) {
    return ByteBuffer.allocate(8).putLong(inode).array();
  }

  /** ENTRIES: an entry. */
  public static byte[] entry(long parent, long cookie) {
    return ByteBuffer.allocate(16).putLong(parent).putLong(cookie).array();
  }

  /** The cookie of an ENTRIES key. */
  public static long entryCookie(byte[] key) throws IOException {
    return longAt(key, 8);
  }

  /** EXTENTS: the extent that ends at an offset. End 0 holds the file's allocated bytes. */
  public static byte[] extent(long inode, long endOffset) {
    return ByteBuffer.allocate(16).putLong(inode).putLong(endOffset).array();
  }

  /** The end offset of an EXTENTS key. */
  public static long extentEnd(byte[] key) throws IOException {
    return longAt(key, 8);
  }

  /** The inode that a key begins with. */
  public static long leadingInode(byte[] key) throws IOException {
    return longAt(key, 0);
  }

  /** XATTRS: an attribute. */
  public static byte[] xattr(long inode, byte[] name) {
    return ByteBuffer.allocate(8 + name.length).putLong(inode).put(name).array();
  }

  /** PARENTS: one name of an inode. */
  public static byte[] parent(long inode, long parent, long cookie) {
    return ByteBuffer.allocate(24).putLong(inode).putLong(parent).putLong(cookie).array();
  }

  /** The parent of a PARENTS key. */
  public static long parentOf(byte[] key) throws IOException {
    return longAt(key, 8);
  }

  /** The cookie of a PARENTS key. */
  public static long parentCookie(byte[] key) throws IOException {
    return longAt(key, 16);
  }

  /** ZONES: a zone. */
  public static byte[] zone(int zone) {
    return ByteBuffer.allocate(4).putInt(zone).array();
  }

  /** A number as a value. */
  public static byte[] number(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  /** A value as a number. */
  public static long number(byte[] value) throws IOException {
    return longAt(value, 0);
  }

  private static long longAt(byte[] bytes, int offset) throws IOException {
    if (bytes.length < offset + Long.BYTES) {
      throw new IOException("the index holds a key or number of " + bytes.length + " bytes");
    }
    return ByteBuffer.wrap(bytes).getLong(offset);
  }
}
