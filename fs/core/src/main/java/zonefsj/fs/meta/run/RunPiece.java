// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.zonemgr.FrameHeader;

/**
 * A piece of a run: sorted rows of one column family. Format "run-1"; numbers are little-endian, a
 * varint is a {@link Varints} number:
 *
 * <pre>
 * blocks     of rows, as they are stored, one after the other
 * directory  stored like a block:
 *              u8      number of the column family
 *              u64     journal sequence of the oldest change, u64 of the newest
 *              varint  rows, varint deleted keys among them
 *              varint  number of deleted ranges, then for each: bytes from, bytes to (exclusive)
 *              varint  number of blocks, then for each:
 *                bytes   first key
 *                varint  stored length, varint length of the rows
 *                u32     CRC32C of the stored bytes
 *              bytes   last key, if there is a block
 * footer     u32  stored length of the directory, u32 its length
 *            u32  CRC32C of its stored bytes
 *            u32  0
 *            u64  magic "ZJRUN-1\0"
 *            u32  CRC32C of the footer before it
 *
 * bytes      varint length, then as many bytes
 * row        u8      flags: 1 the key is deleted; others 0
 *            varint  bytes that the key has in common with the key before it in the block
 *            bytes   rest of the key
 *            bytes   value, unless the key is deleted
 * </pre>
 *
 * A block is stored as an LZ4 block if that is shorter, else as it is: its two lengths are equal
 * then. Keys ascend as unsigned bytes over all blocks. Deleted ranges ascend, and neither overlap
 * nor touch; they hide keys of older runs only, never a row of this one.
 *
 * <p>A reader trusts nothing: each length is checked before memory is allocated for it, each block
 * against its CRC, and the rows against their order and the directory.
 *
 * <p>Memory of an open piece: its directory, about 60 bytes and a key for each block.
 *
 * <p>Thread-safe if its source is.
 */
public final class RunPiece {
  /** Length of a block's rows at which it ends; only a row that is longer makes a longer block. */
  static final int BLOCK_BYTES = 32 << 10;

  static final int FOOTER_BYTES = 28;
  static final long MAGIC = 0x00312D4E55524A5AL;
  static final int DELETED = 1;

  /** Longest key and longest value of a row. */
  static final int MAX_BYTES = 16 << 20;

  /** Longest block: a row beyond {@link #BLOCK_BYTES} with its lengths. */
  static final int MAX_BLOCK_BYTES = BLOCK_BYTES + 2 * MAX_BYTES + 64;

  private static final int MAX_DIRECTORY_BYTES = 64 << 20;

  /** A piece that is not what this format says. */
  public static final class DamagedException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedException(String what) {
      super("a piece of a run " + what);
    }
  }

  /** The bytes of a piece. */
  public interface Source {
    /** Length in bytes. */
    long sizeBytes();

    /**
     * Reads bytes, all of which exist.
     *
     * @throws IOException if they cannot be read
     */
    byte[] read(long offset, int length) throws IOException;
  }

  /** A deleted range of keys. Callers must not change its arrays. */
  public static final class DeletedRange {
    private final byte[] from;
    private final byte[] to;

    /**
     * A range.
     *
     * @param from first key
     * @param to end, exclusive
     */
    public DeletedRange(byte[] from, byte[] to) {
      this.from = from;
      this.to = to;
    }

    /** First key. */
    public byte[] from() {
      return from;
    }

    /** End, exclusive. */
    public byte[] to() {
      return to;
    }

    boolean contains(byte[] key) {
      return Arrays.compareUnsigned(from, key) <= 0 && Arrays.compareUnsigned(key, to) < 0;
    }
  }

  /** Where a block is. */
  private static final class Block {
    final byte[] firstKey;
    final long offset;
    final int storedBytes;
    final int rowBytes;
    final int crc;

    Block(byte[] firstKey, long offset, int storedBytes, int rowBytes, int crc) {
      this.firstKey = firstKey;
      this.offset = offset;
      this.storedBytes = storedBytes;
      this.rowBytes = rowBytes;
      this.crc = crc;
    }
  }

  private final Source source;
  private final ColumnFamily family;
  private final long oldestSequence;
  private final long newestSequence;
  private final int rows;
  private final int deletedKeys;
  private final List<DeletedRange> ranges;
  private final List<Block> blocks;
  private final byte @Nullable [] lastKey;

  /**
   * Opens a piece: reads its footer and its directory.
   *
   * @throws DamagedException if it is none
   * @throws IOException if it cannot be read
   */
  public RunPiece(Source source) throws IOException {
    this.source = source;
    long end = source.sizeBytes() - FOOTER_BYTES;
    if (end < 0) {
      throw new DamagedException("is shorter than its footer");
    }
    ByteBuffer footer = little(source.read(end, FOOTER_BYTES));
    int storedBytes = footer.getInt();
    int directoryBytes = footer.getInt();
    final int crc = footer.getInt();
    if (footer.getInt() != 0
        || footer.getLong() != MAGIC
        || footer.getInt() != FrameHeader.crc(footer.duplicate().flip().limit(FOOTER_BYTES - 4))) {
      throw new DamagedException("does not end with a footer");
    }
    if (storedBytes < 0
        || storedBytes > end
        || directoryBytes < storedBytes
        || directoryBytes > MAX_DIRECTORY_BYTES) {
      throw new DamagedException("has a directory of an impossible length");
    }
    ByteBuffer in =
        little(unpack(source.read(end - storedBytes, storedBytes), crc, directoryBytes));
    need(in, 17);
    this.family = ColumnFamily.of(Byte.toUnsignedInt(in.get()));
    this.oldestSequence = in.getLong();
    this.newestSequence = in.getLong();
    this.rows = Varints.length(in, Integer.MAX_VALUE);
    this.deletedKeys = Varints.length(in, rows);
    this.ranges = readRanges(in);
    this.blocks = readBlocks(in, end - storedBytes);
    this.lastKey = blocks.isEmpty() ? null : bytes(in);
    if (in.hasRemaining() || blocks.isEmpty() != (rows == 0)) {
      throw new DamagedException("has a directory that does not match its length");
    }
    if (lastKey != null
        && Arrays.compareUnsigned(lastKey, blocks.get(blocks.size() - 1).firstKey) < 0) {
      throw new DamagedException("ends before its last block begins");
    }
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void need(ByteBuffer in, int bytes) throws DamagedException {
    if (in.remaining() < bytes) {
      throw new DamagedException("ends too early");
    }
  }

  private static byte[] bytes(ByteBuffer in) throws DamagedException {
    byte[] bytes = new byte[Varints.length(in, Math.min(MAX_BYTES, in.remaining()))];
    need(in, bytes.length);
    in.get(bytes);
    return bytes;
  }

  private static byte[] unpack(byte[] stored, int crc, int length) throws DamagedException {
    if (FrameHeader.crc(ByteBuffer.wrap(stored)) != crc) {
      throw new DamagedException("does not match a checksum");
    }
    if (stored.length == length) {
      return stored;
    }
    byte[] unpacked = new byte[length];
    if (!Lz4.decompress(stored, 0, stored.length, unpacked, length)) {
      throw new DamagedException("has a block that cannot be decompressed");
    }
    return unpacked;
  }

  private static List<DeletedRange> readRanges(ByteBuffer in) throws DamagedException {
    // Two lengths at least for each.
    int count = Varints.length(in, in.remaining() / 2);
    List<DeletedRange> ranges = new ArrayList<>(count);
    byte @Nullable [] before = null;
    for (int index = 0; index < count; index++) {
      byte[] from = bytes(in);
      byte[] to = bytes(in);
      if (Arrays.compareUnsigned(from, to) >= 0
          || (before != null && Arrays.compareUnsigned(before, from) >= 0)) {
        throw new DamagedException("has deleted ranges that are not in order");
      }
      ranges.add(new DeletedRange(from, to));
      before = to;
    }
    return ranges;
  }

  private static List<Block> readBlocks(ByteBuffer in, long endOfBlocks) throws DamagedException {
    // Three lengths and a CRC at least for each.
    int count = Varints.length(in, in.remaining() / 7);
    List<Block> blocks = new ArrayList<>(count);
    long offset = 0;
    byte @Nullable [] before = null;
    for (int index = 0; index < count; index++) {
      byte[] firstKey = bytes(in);
      int storedBytes = Varints.length(in, MAX_BLOCK_BYTES);
      int rowBytes = Varints.length(in, MAX_BLOCK_BYTES);
      need(in, Integer.BYTES);
      if (storedBytes == 0
          || storedBytes > rowBytes
          || (before != null && Arrays.compareUnsigned(before, firstKey) >= 0)) {
        throw new DamagedException("has blocks that are not in order");
      }
      blocks.add(new Block(firstKey, offset, storedBytes, rowBytes, in.getInt()));
      offset += storedBytes;
      before = firstKey;
    }
    if (offset != endOfBlocks) {
      throw new DamagedException("has blocks that do not end at its directory");
    }
    return blocks;
  }

  /** Of all its rows. */
  public ColumnFamily family() {
    return family;
  }

  /** Journal sequence of the oldest change in it. */
  public long oldestSequence() {
    return oldestSequence;
  }

  /** Journal sequence of the newest change in it. */
  public long newestSequence() {
    return newestSequence;
  }

  /** Number of rows, {@link #deletedKeys} included. */
  public int rows() {
    return rows;
  }

  /** Number of rows that delete a key. */
  public int deletedKeys() {
    return deletedKeys;
  }

  /** Ranges that hide keys of older runs, in order. */
  public List<DeletedRange> deletedRanges() {
    return List.copyOf(ranges);
  }

  /** Whether a deleted range contains the key. */
  public boolean hides(byte[] key) {
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Arrays.compareUnsigned(ranges.get(middle).from, key) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low > 0 && ranges.get(low - 1).contains(key);
  }

  /** Rows in ascending order of their keys. */
  public final class Rows {
    private int nextBlock;
    private ByteBuffer in = ByteBuffer.allocate(0);
    private byte[] key = new byte[0];
    private byte @Nullable [] value;
    private boolean isFirstOfBlock;

    /** The first key of the scan; null once it is reached. */
    private byte @Nullable [] from;

    private Rows(byte[] from) {
      this.from = from;
      this.nextBlock = Math.max(0, blocksUpTo(from) - 1);
    }

    /**
     * Goes to the next row.
     *
     * @return false at the end
     * @throws DamagedException if the rows are not what they must be
     * @throws IOException if a block cannot be read
     */
    public boolean next() throws IOException {
      while (nextRow()) {
        byte[] begin = from;
        if (begin == null || Arrays.compareUnsigned(key, begin) >= 0) {
          from = null;
          return true;
        }
      }
      return false;
    }

    /** The present key; the caller must not change it. */
    public byte[] key() {
      return key;
    }

    /** The present value; null if the key is deleted. The caller must not change it. */
    public byte @Nullable [] value() {
      return value;
    }

    private boolean nextRow() throws IOException {
      if (!in.hasRemaining()) {
        if (nextBlock == blocks.size()) {
          return false;
        }
        Block block = blocks.get(nextBlock++);
        in =
            little(unpack(source.read(block.offset, block.storedBytes), block.crc, block.rowBytes));
        isFirstOfBlock = true;
      }
      int flags = in.get();
      if ((flags & ~DELETED) != 0) {
        throw new DamagedException("has a row of an unknown kind");
      }
      byte[] before = key;
      int shared = Varints.length(in, isFirstOfBlock ? 0 : before.length);
      byte[] rest = bytes(in);
      byte[] present = Arrays.copyOf(before, shared + rest.length);
      System.arraycopy(rest, 0, present, shared, rest.length);
      checkOrder(before, present);
      key = present;
      isFirstOfBlock = false;
      value = flags == DELETED ? null : bytes(in);
      return true;
    }

    private void checkOrder(byte[] before, byte[] present) throws DamagedException {
      boolean inOrder =
          isFirstOfBlock
              ? Arrays.equals(present, blocks.get(nextBlock - 1).firstKey)
              : Arrays.compareUnsigned(present, before) > 0;
      boolean isBeforeNext =
          nextBlock == blocks.size()
              ? lastKey != null && Arrays.compareUnsigned(present, lastKey) <= 0
              : Arrays.compareUnsigned(present, blocks.get(nextBlock).firstKey) < 0;
      if (!inOrder || !isBeforeNext) {
        throw new DamagedException("has rows that are not in order");
      }
    }
  }

  /** Number of blocks that begin at or before a key. */
  private int blocksUpTo(byte[] key) {
    int low = 0;
    int high = blocks.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Arrays.compareUnsigned(blocks.get(middle).firstKey, key) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The rows from a key on; reads a block at a time. */
  public Rows rows(byte[] from) {
    return new Rows(from);
  }

  /** Length of all blocks as they are stored, in bytes. */
  public long storedBytes() {
    return blocks.stream().mapToLong(block -> block.storedBytes).sum();
  }
}
