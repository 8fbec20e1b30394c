// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import java.util.Arrays;

/**
 * The entries of a block, in order. Each entry gives the number of bytes that its key shares with
 * the previous key, the number of further bytes, and, except in index blocks, the length of its
 * value. After the entries come the offsets of those that share nothing (the restarts, 4 bytes
 * each), and their number.
 */
final class BlockEntries {
  /** The form of the values. */
  enum Values {
    /** Preceded by their length. */
    ANY,
    /** Block handles; the reader of the entries decodes them, see {@link #handle}. */
    HANDLES
  }

  private static final int WORD = Integer.BYTES;

  private final byte[] bytes;
  private final int start;
  private final int restartsAt;
  private final int restarts;
  private final Values values;
  private Cursor in;
  private int passed;
  private int entries;

  /**
   * A key shares bytes with the previous one: without a limit, a block of 1 MiB could contain keys
   * of many GiB together, which RocksDB copies. Names of properties are shorter than the limit.
   */
  private final byte[] key = new byte[InternalKeys.MOST_BYTES];

  private int keyBytes;
  private boolean sharesNothing;
  private int valueAt;
  private int valueBytes;

  BlockEntries(byte[] bytes, int start, int length, Values values) throws ImageDamagedException {
    this.bytes = bytes;
    this.start = start;
    this.values = values;
    if (length < 2 * WORD) {
      throw new ImageDamagedException("a block has " + length + " bytes");
    }
    int end = start + length - WORD;
    restarts = Cursor.fixed32(bytes, end);
    if (restarts < 1 || restarts > (length - WORD) / WORD) {
      throw new ImageDamagedException(
          "a block of "
              + length
              + " bytes has "
              + Integer.toUnsignedString(restarts)
              + " restarts");
    }
    restartsAt = end - WORD * restarts;
    in = new Cursor(bytes, start, restartsAt);
    if (restartsAt == start) {
      requireRestart(restarts == 1 && restart(0) == 0);
      passed = 1;
    }
  }

  private int restart(int number) {
    return Cursor.fixed32(bytes, restartsAt + WORD * number);
  }

  private static void requireRestart(boolean right) throws ImageDamagedException {
    if (!right) {
      throw new ImageDamagedException("a restart of a block is not where an entry begins");
    }
  }

  /** Moves to the next entry; false after the last. */
  boolean next() throws ImageDamagedException {
    if (!in.hasMore()) {
      requireRestart(passed == restarts);
      return false;
    }
    int offset = in.at() - start;
    int shared = (int) in.numberBelow(Integer.MAX_VALUE, "a key's shared length");
    int rest = (int) in.numberBelow(Integer.MAX_VALUE, "a key's length");
    int length = values == Values.ANY ? (int) in.numberBelow(Integer.MAX_VALUE, "a length") : 0;
    if (shared > keyBytes || (long) rest + length > restartsAt - in.at()) {
      throw new ImageDamagedException("an entry of a block goes on behind its end");
    }
    if (passed < restarts && restart(passed) == offset) {
      requireRestart(shared == 0);
      passed++;
    }
    // A restart offset without an entry is detected after the last entry.
    requireRestart(offset > 0 || passed == 1);
    sharesNothing = shared == 0;
    int keyAt = in.skip(rest);
    takeKey(shared, keyAt, rest);
    valueAt = in.skip(length);
    valueBytes = length;
    entries++;
    return true;
  }

  private void takeKey(int shared, int from, int rest) throws ImageDamagedException {
    if (rest > key.length - shared) {
      throw new ImageDamagedException("a key of a block is too long");
    }
    System.arraycopy(bytes, from, key, shared, rest);
    keyBytes = shared + rest;
  }

  /** Contains the key of the entry, until the next one. */
  byte[] key() {
    return key;
  }

  int keyBytes() {
    return keyBytes;
  }

  byte[] keyCopy() {
    return Arrays.copyOf(key, keyBytes);
  }

  byte[] valueCopy() {
    return Arrays.copyOfRange(bytes, valueAt, valueAt + valueBytes);
  }

  int valueBytes() {
    return valueBytes;
  }

  int entries() {
    return entries;
  }

  /**
   * Reads the value of an index entry: a handle. If the key shares bytes with the previous key, the
   * value is instead the difference of the length from that of the previous block, which ends where
   * this block begins.
   */
  BlockHandle handle(BlockHandle before) throws ImageDamagedException {
    if (sharesNothing) {
      return BlockHandle.read(in);
    }
    long zigzag = in.number();
    long length = before.bytes() + (zigzag >>> 1 ^ -(zigzag & 1));
    return new BlockHandle(before.end(), length);
  }
}
