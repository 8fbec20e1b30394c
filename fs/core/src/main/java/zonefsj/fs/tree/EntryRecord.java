// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.FileMode;
import zonefsj.fs.ZoneFileSystem;

/**
 * The value of a directory entry: u64 inode, u8 type (the mode's type bits, shifted right by 12),
 * then the name. An empty value is a gap: a removed entry after which another with the same hash
 * may follow.
 *
 * @param inode inode number
 * @param typeBits type bits of the mode
 * @param name the name
 */
@SuppressWarnings("ArrayRecordComponent") // a name is bytes, never changed
public record EntryRecord(long inode, int typeBits, byte[] name) {
  /** The value of a gap. */
  public static final byte[] GAP = new byte[0];

  private static final int HEAD_BYTES = 9;

  /** The value for the index. */
  public byte[] encode() {
    return ByteBuffer.allocate(HEAD_BYTES + name.length)
        .putLong(inode)
        .put((byte) (typeBits >> 12))
        .put(name)
        .array();
  }

  /** Reads a value of the index; null for a gap. */
  public static @Nullable EntryRecord decode(byte[] value) throws IOException {
    if (value.length == 0) {
      return null;
    }
    if (value.length <= HEAD_BYTES) {
      throw new IOException("a directory entry is cut short");
    }
    if (value.length > HEAD_BYTES + ZoneFileSystem.MAX_NAME_BYTES) {
      throw new IOException(
          "a directory entry has a name of " + (value.length - HEAD_BYTES) + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(value);
    long inode = in.getLong();
    if (inode <= 0) {
      throw new IOException("a directory entry leads to inode " + inode);
    }
    return new EntryRecord(
        inode,
        Byte.toUnsignedInt(in.get()) << 12,
        Arrays.copyOfRange(value, HEAD_BYTES, value.length));
  }

  /** Whether the entry leads to a directory. */
  public boolean isDirectory() {
    return FileMode.isDirectory(typeBits);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EntryRecord that
        && inode == that.inode
        && typeBits == that.typeBits
        && Arrays.equals(name, that.name);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(inode) * 31 + Arrays.hashCode(name);
  }
}
