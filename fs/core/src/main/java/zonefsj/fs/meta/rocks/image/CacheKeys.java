// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

/**
 * The keys of a table's blocks in RocksDB's cache. A key has 16 bytes, made of the table's unique
 * identity and a block's offset; only the second half depends on the offset. Two tables with the
 * same first half could find each other's blocks, of another kind than requested, and RocksDB does
 * not check the kind of a block.
 *
 * <p>RocksDB compares the identity in the MANIFEST with that in the table. Source: {@code
 * cache/cache_key.cc}, {@code util/math.h}.
 */
final class CacheKeys {
  private CacheKeys() {}

  /** The first half of the keys, from an identity of 16 bytes; 0 if the identity is all zeros. */
  static long of(byte[] identity) {
    long second = Cursor.fixed64(identity, Long.BYTES);
    long first = Cursor.fixed64(identity, 0);
    if (first == 0) {
      first = second;
    }
    long key = downwardInvolution(first) ^ Long.reverse(second);
    return key == 0 ? Long.reverse(first) : key;
  }

  /** Each bit depends on higher bits; applying it twice restores the value. */
  private static long downwardInvolution(long value) {
    long mixed = value ^ value >>> 32;
    mixed ^= (mixed & 0xffff0000ffff0000L) >>> 16;
    mixed ^= (mixed & 0xff00ff00ff00ff00L) >>> 8;
    mixed ^= (mixed & 0xf0f0f0f0f0f0f0f0L) >>> 4;
    mixed ^= (mixed & 0xccccccccccccccccL) >>> 2;
    return mixed ^ (mixed & 0xaaaaaaaaaaaaaaaaL) >>> 1;
  }
}
