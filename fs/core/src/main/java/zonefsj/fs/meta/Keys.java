// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The keys of the column families; all numbers are big-endian, so that they sort. Methods that
 * decode a key or value reject one of a wrong length: only damage produces such.
 */
public final class Keys {
  /** META: the next inode number. */
  public static final byte[] NEXT_INODE = "next-inode".getBytes(StandardCharsets.US_ASCII);

  /** META: number of inodes. */
  public static final byte[] INODE_COUNT = "inode-count".getBytes(StandardCharsets.US_ASCII);

  /** META: number of extents in zones. */
  public static final byte[] EXTENT_COUNT = "extent-count".getBytes(StandardCharsets.US_ASCII);

  /**
   * Inode numbers are at least 1 and less than this. They grow by one for each new file, so no
   * filesystem reaches the limit.
   */
  public static final long INODE_LIMIT = 1L << 62;

  /** Longest name of an attribute, as in Linux. */
  public static final int MOST_XATTR_NAME_BYTES = 255;

  private static final int INODE_BYTES = Long.BYTES;
  private static final int PAIR_BYTES = 2 * Long.BYTES;
  private static final int PARENT_BYTES = 3 * Long.BYTES;

  /** Length of the longest keys, those of attributes. */
  public static final int MOST_BYTES = INODE_BYTES + MOST_XATTR_NAME_BYTES;

  private Keys() {}

  /** Whether the length of a key is valid for its column family. */
  public static boolean hasRightLength(ColumnFamily family, byte[] key) {
    return switch (family) {
      case META -> true;
      case INODES, ORPHANS -> key.length == INODE_BYTES;
      case ENTRIES, EXTENTS, STAGED -> key.length == PAIR_BYTES;
      case XATTRS -> key.length > INODE_BYTES && key.length <= MOST_BYTES;
      case PARENTS -> key.length == PARENT_BYTES;
      case ZONES -> key.length == Integer.BYTES;
    };
  }

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
    return longAt(ColumnFamily.ENTRIES, key, 8);
  }

  /** EXTENTS: the extent that ends at an offset. End 0 holds the file's allocated bytes. */
  public static byte[] extent(long inode, long endOffset) {
    return ByteBuffer.allocate(16).putLong(inode).putLong(endOffset).array();
  }

  /**
   * EXTENTS: the first key behind the extents of a file that end at an offset or before.
   *
   * @param endOffset {@link Long#MAX_VALUE} for all extents of the file
   */
  public static byte[] behindExtents(long inode, long endOffset) {
    return endOffset == Long.MAX_VALUE ? extent(inode + 1, 0) : extent(inode, endOffset + 1);
  }

  /** The end offset of an EXTENTS key. */
  public static long extentEnd(byte[] key) throws IOException {
    return longAt(ColumnFamily.EXTENTS, key, 8);
  }

  /** The inode with which a key begins, in any column family. */
  public static long leadingInode(byte[] key) throws IOException {
    if (key.length < INODE_BYTES) {
      throw wrongLength(key);
    }
    return ByteBuffer.wrap(key).getLong();
  }

  /** XATTRS: an attribute. */
  public static byte[] xattr(long inode, byte[] name) {
    return ByteBuffer.allocate(8 + name.length).putLong(inode).put(name).array();
  }

  /** The name of an XATTRS key. */
  public static byte[] xattrName(byte[] key) throws IOException {
    if (!hasRightLength(ColumnFamily.XATTRS, key)) {
      throw wrongLength(key);
    }
    return Arrays.copyOfRange(key, INODE_BYTES, key.length);
  }

  /** PARENTS: one name of an inode. */
  public static byte[] parent(long inode, long parent, long cookie) {
    return ByteBuffer.allocate(24).putLong(inode).putLong(parent).putLong(cookie).array();
  }

  /** The parent of a PARENTS key. */
  public static long parentOf(byte[] key) throws IOException {
    return longAt(ColumnFamily.PARENTS, key, 8);
  }

  /** The cookie of a PARENTS key. */
  public static long parentCookie(byte[] key) throws IOException {
    return longAt(ColumnFamily.PARENTS, key, 16);
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
    if (value.length != Long.BYTES) {
      throw wrongLength(value);
    }
    return ByteBuffer.wrap(value).getLong();
  }

  private static long longAt(ColumnFamily family, byte[] key, int offset) throws IOException {
    if (!hasRightLength(family, key)) {
      throw wrongLength(key);
    }
    return ByteBuffer.wrap(key).getLong(offset);
  }

  private static IOException wrongLength(byte[] bytes) {
    return new IOException("the index holds a key or number of " + bytes.length + " bytes");
  }
}
