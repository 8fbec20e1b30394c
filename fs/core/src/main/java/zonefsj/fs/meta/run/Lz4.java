// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.run;

import java.util.Arrays;

/**
 * The LZ4 block format ("LZ4 Block Format Description", lz4.org). Decompresses without trusting any
 * length; compresses greedily with a table of 4096 positions, as the reference does at its fastest
 * level.
 *
 * <p>Thread-safe.
 */
public final class Lz4 {
  private static final int MIN_MATCH = 4;
  private static final int LONG = 15;
  private static final int OFFSET_BYTES = 2;
  private static final int MAX_OFFSET = 0xffff;

  /** The format ends with literals: no match begins in the last 12 bytes, or reaches the last 5. */
  private static final int LAST_MATCH_BYTES = 12;

  private static final int LAST_LITERALS = 5;
  private static final int HASH_BITS = 12;
  private static final int HASH_MULTIPLIER = 0x9E3779B1;

  /** After so many bytes without a match, every second one is looked at, and so on. */
  private static final int SKIP_SHIFT = 6;

  private Lz4() {}

  /**
   * Compresses bytes.
   *
   * @param in contains the bytes from {@code from} to {@code to}
   * @param out receives the block
   * @param maxBytes longest block
   * @return length of the block; -1 if it would be longer than that
   */
  public static int compress(byte[] in, int from, int to, byte[] out, int maxBytes) {
    int[] table = new int[1 << HASH_BITS];
    Arrays.fill(table, -1);
    int done = 0;
    int literalsFrom = from;
    int at = from;
    while (at < to - LAST_MATCH_BYTES) {
      int four = four(in, at);
      int slot = (four * HASH_MULTIPLIER) >>> (32 - HASH_BITS);
      int candidate = table[slot];
      table[slot] = at;
      if (candidate < 0 || at - candidate > MAX_OFFSET || four(in, candidate) != four) {
        at += 1 + ((at - literalsFrom) >> SKIP_SHIFT);
        continue;
      }
      int end =
          at + MIN_MATCH + common(in, at + MIN_MATCH, candidate + MIN_MATCH, to - LAST_LITERALS);
      int literals = at - literalsFrom;
      int match = end - at - MIN_MATCH;
      if (sequenceBytes(literals, match) > maxBytes - done) {
        return -1;
      }
      done = putLiterals(in, literalsFrom, literals, Math.min(match, LONG), out, done);
      int back = at - candidate;
      out[done++] = (byte) back;
      out[done++] = (byte) (back >>> 8);
      done = putLength(match, out, done);
      at = end;
      literalsFrom = end;
    }
    int literals = to - literalsFrom;
    if (sequenceBytes(literals, 0) - OFFSET_BYTES > maxBytes - done) {
      return -1;
    }
    return putLiterals(in, literalsFrom, literals, 0, out, done);
  }

  private static int four(byte[] in, int at) {
    return (in[at] & 0xff)
        | (in[at + 1] & 0xff) << 8
        | (in[at + 2] & 0xff) << 16
        | in[at + 3] << 24;
  }

  /** Number of equal bytes from two places on, up to {@code end} of the later one. */
  private static int common(byte[] in, int later, int earlier, int end) {
    int equal = Arrays.mismatch(in, later, end, in, earlier, earlier + end - later);
    return equal < 0 ? end - later : equal;
  }

  private static int sequenceBytes(int literals, int match) {
    return 1 + OFFSET_BYTES + literals + lengthBytes(literals) + lengthBytes(match);
  }

  private static int lengthBytes(int length) {
    return length < LONG ? 0 : (length - LONG) / 0xff + 1;
  }

  private static int putLiterals(
      byte[] in, int from, int count, int matchNibble, byte[] out, int at) {
    out[at] = (byte) ((Math.min(count, LONG) << 4) | matchNibble);
    int next = putLength(count, out, at + 1);
    System.arraycopy(in, from, out, next, count);
    return next + count;
  }

  /** Puts the bytes of a length that its nibble does not hold. */
  private static int putLength(int length, byte[] out, int at) {
    int next = at;
    if (length >= LONG) {
      int rest = length - LONG;
      while (rest >= 0xff) {
        out[next++] = (byte) 0xff;
        rest -= 0xff;
      }
      out[next++] = (byte) rest;
    }
    return next;
  }

  /**
   * Decompresses a block.
   *
   * @param in contains the block from {@code from} to {@code to}
   * @param out receives {@code length} bytes from 0 on
   * @return whether the block is complete and has exactly this length after decompression
   */
  public static boolean decompress(byte[] in, int from, int to, byte[] out, int length) {
    int at = from;
    int done = 0;
    while (at < to) {
      int token = in[at++] & 0xff;
      int literals = token >>> 4;
      if (literals == LONG) {
        int more;
        do {
          if (at == to || literals > length) {
            return false;
          }
          more = in[at++] & 0xff;
          literals += more;
        } while (more == 0xff);
      }
      if (literals > to - at || literals > length - done) {
        return false;
      }
      System.arraycopy(in, at, out, done, literals);
      at += literals;
      done += literals;
      if (at == to) {
        // The last sequence ends with its literals.
        return done == length;
      }
      if (to - at < OFFSET_BYTES) {
        return false;
      }
      int back = (in[at] & 0xff) | (in[at + 1] & 0xff) << 8;
      at += OFFSET_BYTES;
      int match = token & LONG;
      if (match == LONG) {
        int more;
        do {
          if (at == to || match > length) {
            return false;
          }
          more = in[at++] & 0xff;
          match += more;
        } while (more == 0xff);
      }
      match += MIN_MATCH;
      if (back == 0 || back > done || match > length - done) {
        return false;
      }
      copy(out, done, back, match);
      done += match;
    }
    return false;
  }

  /** The source may overlap the target. */
  private static void copy(byte[] out, int to, int back, int length) {
    if (back >= length) {
      System.arraycopy(out, to - back, out, to, length);
    } else {
      for (int index = to; index < to + length; index++) {
        out[index] = out[index - back];
      }
    }
  }
}
