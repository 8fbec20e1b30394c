// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import java.util.Arrays;

/** Reads RocksDB's numbers from bytes, never past their end. */
final class Cursor {
  private static final int LAST_SHIFT = 63;

  private final byte[] bytes;
  private final int end;
  private int at;

  Cursor(byte[] bytes, int from, int to) {
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

  /** A number of up to 63 bits, 7 in each byte, the least significant first. */
  long number() throws ImageDamagedException {
    long value = 0;
    for (int shift = 0; shift < LAST_SHIFT; shift += 7) {
      if (at == end) {
        throw new ImageDamagedException("a number goes on behind the end");
      }
      byte next = bytes[at++];
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new ImageDamagedException("a number has more than 63 bits");
  }

  /** A number below a limit. */
  long numberBelow(long limit, String what) throws ImageDamagedException {
    long value = number();
    if (value >= limit) {
      throw new ImageDamagedException(what + " is " + value);
    }
    return value;
  }

  /** The length of the following bytes. */
  int length() throws ImageDamagedException {
    long length = number();
    if (length > end - at) {
      throw new ImageDamagedException(
          length + " bytes are said to follow where " + (end - at) + " do");
    }
    return (int) length;
  }

  /** Skips bytes whose length {@link #length} returned; returns their offset. */
  int skip(int length) {
    int from = at;
    at += length;
    return from;
  }

  /** Bytes preceded by their length. */
  byte[] prefixed() throws ImageDamagedException {
    int length = length();
    int from = skip(length);
    return Arrays.copyOfRange(bytes, from, from + length);
  }

  /** An integer of 4 bytes, little-endian. */
  static int fixed32(byte[] bytes, int at) {
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | (bytes[at + 3] & 0xff) << 24;
  }

  /** An integer of 8 bytes, little-endian. */
  static long fixed64(byte[] bytes, int at) {
    return (fixed32(bytes, at) & 0xffffffffL) | (long) fixed32(bytes, at + 4) << 32;
  }
}
