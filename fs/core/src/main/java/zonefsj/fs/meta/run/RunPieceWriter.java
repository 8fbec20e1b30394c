// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.run;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.zonemgr.FrameHeader;

/**
 * Writes a {@link RunPiece}: its rows in ascending order, and the ranges that it deletes.
 *
 * <p>Memory: a block of rows and its compressed form, and the directory.
 *
 * <p>Threading: one thread.
 */
public final class RunPieceWriter {
  /** Of a row without its bytes: flags and three lengths. */
  private static final int ROW_OVERHEAD_BYTES = 1 + 3 * Varints.MAX_BYTES;

  private final OutputStream out;
  private final ColumnFamily family;
  private final List<RunPiece.DeletedRange> ranges = new ArrayList<>();
  private ByteBuffer block = little(RunPiece.BLOCK_BYTES + ROW_OVERHEAD_BYTES);
  private byte[] packed = new byte[0];

  /** The entries of the blocks in the directory. */
  private ByteBuffer entries = little(1 << 10);

  private int blocks;
  private int rows;
  private int deletedKeys;
  private long writtenBytes;
  private byte @Nullable [] firstKey;
  private byte @Nullable [] lastKey;

  /**
   * Begins a piece.
   *
   * @param out receives it; stays open
   * @param family of all its rows
   */
  public RunPieceWriter(OutputStream out, ColumnFamily family) {
    this.out = out;
    this.family = family;
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer withRoom(ByteBuffer buffer, int bytes) {
    if (buffer.remaining() >= bytes) {
      return buffer;
    }
    int needed = Math.addExact(buffer.position(), bytes);
    return little(Math.max(needed, 2 * buffer.capacity())).put(buffer.flip());
  }

  /**
   * Adds a row.
   *
   * @param key above the key before it
   * @param value null: the key is deleted
   * @throws IllegalArgumentException if the key is not above the one before, or a length is above
   *     the limit of the format
   * @throws IOException if a block cannot be written
   */
  public void add(byte[] key, byte @Nullable [] value) throws IOException {
    byte[] before = lastKey;
    if (before != null && Arrays.compareUnsigned(before, key) >= 0) {
      throw new IllegalArgumentException("a key is not above the one before");
    }
    int valueBytes = value == null ? 0 : value.length;
    if (key.length > RunPiece.MAX_BYTES || valueBytes > RunPiece.MAX_BYTES) {
      throw new IllegalArgumentException("a row is too long");
    }
    int shared = firstKey == null || before == null ? 0 : Arrays.mismatch(before, key);
    block = withRoom(block, ROW_OVERHEAD_BYTES + key.length + valueBytes);
    block.put((byte) (value == null ? RunPiece.DELETED : 0));
    Varints.put(block, shared);
    Varints.put(block, key.length - shared);
    block.put(key, shared, key.length - shared);
    if (value == null) {
      deletedKeys++;
    } else {
      Varints.put(block, valueBytes);
      block.put(value);
    }
    rows++;
    lastKey = key;
    if (firstKey == null) {
      firstKey = key;
    }
    if (block.position() >= RunPiece.BLOCK_BYTES) {
      endBlock();
    }
  }

  /**
   * Adds a range of keys that the piece deletes from older runs.
   *
   * @throws IllegalArgumentException if it does not begin above the end of the one before
   */
  public void addDeletedRange(byte[] from, byte[] to) {
    byte[] before = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1).to();
    if (Arrays.compareUnsigned(from, to) >= 0
        || (before != null && Arrays.compareUnsigned(before, from) >= 0)) {
      throw new IllegalArgumentException("a deleted range is not above the one before");
    }
    ranges.add(new RunPiece.DeletedRange(from, to));
  }

  /** Whether nothing was added. */
  public boolean isEmpty() {
    return rows == 0 && ranges.isEmpty();
  }

  /** Length so far in bytes, without the block that is not full and the directory. */
  public long writtenBytes() {
    return writtenBytes;
  }

  private void endBlock() throws IOException {
    byte[] first = firstKey;
    if (first == null) {
      return;
    }
    int rowBytes = block.position();
    ByteBuffer stored = pack(block.flip());
    entries = withRoom(entries, 3 * Varints.MAX_BYTES + Integer.BYTES + first.length);
    putBytes(entries, first);
    Varints.put(entries, stored.remaining());
    Varints.put(entries, rowBytes);
    entries.putInt(FrameHeader.crc(stored));
    write(stored);
    blocks++;
    block.clear();
    firstKey = null;
  }

  /** The bytes as they are stored. */
  private ByteBuffer pack(ByteBuffer bytes) {
    int length = bytes.remaining();
    if (packed.length < length) {
      packed = new byte[length];
    }
    // One byte less: equal lengths say that it is not compressed.
    int begin = bytes.arrayOffset() + bytes.position();
    int packedBytes = Lz4.compress(bytes.array(), begin, begin + length, packed, length - 1);
    return packedBytes < 0 ? bytes : ByteBuffer.wrap(packed, 0, packedBytes);
  }

  private static void putBytes(ByteBuffer to, byte[] bytes) {
    Varints.put(to, bytes.length);
    to.put(bytes);
  }

  private void write(ByteBuffer bytes) throws IOException {
    out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
    writtenBytes += bytes.remaining();
  }

  /**
   * Ends the piece.
   *
   * @param oldestSequence journal sequence of the oldest change
   * @param newestSequence journal sequence of the newest change
   * @return length of the piece
   */
  public long end(long oldestSequence, long newestSequence) throws IOException {
    endBlock();
    ByteBuffer directory = little(64 + 2 * entries.position());
    directory.put((byte) family.number()).putLong(oldestSequence).putLong(newestSequence);
    Varints.put(directory, rows);
    Varints.put(directory, deletedKeys);
    Varints.put(directory, ranges.size());
    for (RunPiece.DeletedRange range : ranges) {
      directory =
          withRoom(directory, 2 * Varints.MAX_BYTES + range.from().length + range.to().length);
      putBytes(directory, range.from());
      putBytes(directory, range.to());
    }
    byte[] last = lastKey == null ? new byte[0] : lastKey;
    directory = withRoom(directory, 2 * Varints.MAX_BYTES + entries.position() + last.length);
    Varints.put(directory, blocks);
    directory.put(entries.flip());
    if (blocks > 0) {
      putBytes(directory, last);
    }
    int directoryBytes = directory.position();
    ByteBuffer stored = pack(directory.flip());
    ByteBuffer footer = little(RunPiece.FOOTER_BYTES);
    footer.putInt(stored.remaining()).putInt(directoryBytes).putInt(FrameHeader.crc(stored));
    footer.putInt(0).putLong(RunPiece.MAGIC);
    footer.putInt(FrameHeader.crc(footer.duplicate().flip()));
    write(stored);
    write(footer.flip());
    return writtenBytes;
  }
}
