// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import java.util.Arrays;
import zonefsj.fs.meta.Keys;

/**
 * RocksDB's internal keys: a user key, then 8 bytes, little-endian, of a sequence number shifted
 * left by 8 and a type. They sort by user key, then by these 8 bytes, the highest first.
 */
final class InternalKeys {
  static final int TAIL_BYTES = 8;

  /** Limit of an internal key; the longest that we write has {@link Keys#MOST_BYTES} and 8. */
  static final int MOST_BYTES = 512;

  static final int DELETION = 0;
  static final int VALUE = 1;
  static final int RANGE_DELETION = 15;

  private InternalKeys() {}

  static int type(byte[] key, int length) {
    return key[length - TAIL_BYTES] & 0xff;
  }

  static long sequence(byte[] key, int length) {
    return Cursor.fixed64(key, length - TAIL_BYTES) >>> 8;
  }

  /** Compares two internal keys, each of at least {@value #TAIL_BYTES} bytes. */
  static int compare(byte[] left, int leftBytes, byte[] right, int rightBytes) {
    int order = compareOurs(left, leftBytes, right, rightBytes);
    return order != 0
        ? order
        : Long.compareUnsigned(
            Cursor.fixed64(right, rightBytes - TAIL_BYTES),
            Cursor.fixed64(left, leftBytes - TAIL_BYTES));
  }

  /** Compares the user keys in two internal keys. */
  static int compareOurs(byte[] left, int leftBytes, byte[] right, int rightBytes) {
    return Arrays.compareUnsigned(
        left, 0, leftBytes - TAIL_BYTES, right, 0, rightBytes - TAIL_BYTES);
  }
}
