// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Content that need not be kept: endless bytes that follow from a seed. The byte at a place depends
 * on the seed and the place alone, and neither a shift nor another seed gives the same bytes.
 */
final class Pattern {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private Pattern() {}

  /**
   * Fills a buffer.
   *
   * @param at place of the first byte
   */
  static void fill(ByteBuffer target, long seed, long at) {
    ByteOrder order = target.order();
    target.order(ByteOrder.LITTLE_ENDIAN);
    long place = at;
    while (target.hasRemaining() && (place & 7) != 0) {
      target.put(byteAt(seed, place++));
    }
    while (target.remaining() >= Long.BYTES) {
      target.putLong(word(seed, place >> 3));
      place += Long.BYTES;
    }
    while (target.hasRemaining()) {
      target.put(byteAt(seed, place++));
    }
    target.order(order);
  }

  /** One byte. */
  static byte byteAt(long seed, long at) {
    return (byte) (word(seed, at >> 3) >> ((at & 7) << 3));
  }

  /** A seed for something that has a number. */
  static long mix(long seed, long number) {
    return scramble(seed + scramble(number * GOLDEN + 1));
  }

  private static long word(long seed, long number) {
    return scramble(seed ^ (number + 1) * GOLDEN);
  }

  /** Stafford's variant 13 of the 64-bit finalizer of MurmurHash3. */
  private static long scramble(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
