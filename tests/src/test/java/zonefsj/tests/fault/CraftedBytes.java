// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Bytes being put together, with RocksDB's numbers in them. */
final class CraftedBytes {
  private static final long[] LIMITS = {
    0,
    1,
    2,
    7,
    8,
    127,
    128,
    4095,
    4096,
    65_535,
    65_536,
    1L << 24,
    Integer.MAX_VALUE,
    1L << 31,
    0xffffffffL,
    1L << 32,
    (1L << 56) - 1,
    1L << 56,
    1L << 62,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1
  };

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  int size() {
    return out.size();
  }

  byte[] toBytes() {
    return out.toByteArray();
  }

  CraftedBytes bytes(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  CraftedBytes one(int value) {
    out.write(value);
    return this;
  }

  CraftedBytes varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write((int) rest);
    return this;
  }

  CraftedBytes prefixed(byte[] bytes) {
    return varint(bytes.length).bytes(bytes);
  }

  CraftedBytes fixed32(long value) {
    for (int shift = 0; shift < 32; shift += 8) {
      out.write((int) (value >>> shift));
    }
    return this;
  }

  CraftedBytes fixed64(long value) {
    return fixed32(value).fixed32(value >>> 32);
  }

  /** A number that nobody expects. */
  static long limit(SplittableRandom random, long now) {
    return switch (random.nextInt(5)) {
      case 0 -> random.nextLong();
      case 1 -> now + 1 + random.nextInt(16);
      case 2 -> now - 1 - random.nextInt(16);
      case 3 -> random.nextLong(1L << (1 + random.nextInt(40)));
      default -> LIMITS[random.nextInt(LIMITS.length)];
    };
  }

  static byte[] random(SplittableRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Reads what others wrote. */
  static final class Reader {
    private final byte[] bytes;
    private int at;
    private final int end;

    Reader(byte[] bytes, int from, int to) {
      this.bytes = bytes;
      this.at = from;
      this.end = to;
    }

    boolean hasMore() {
      return at < end;
    }

    int at() {
      return at;
    }

    long varint() {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = bytes[at++];
        value |= (long) (next & 0x7f) << shift;
        if (next >= 0) {
          return value;
        }
      }
    }

    byte[] take(int length) {
      byte[] taken = Arrays.copyOfRange(bytes, at, at + length);
      at += length;
      return taken;
    }

    byte[] prefixed() {
      return take((int) varint());
    }
  }

  static int fixed32(byte[] bytes, int at) {
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | (bytes[at + 3] & 0xff) << 24;
  }
}
