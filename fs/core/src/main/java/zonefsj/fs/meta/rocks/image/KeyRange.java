// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

/** The range of internal keys of a table. */
final class KeyRange {
  private final byte[] smallest;
  private final byte[] largest;

  /** Takes ownership of both arrays. */
  KeyRange(byte[] smallest, byte[] largest) throws ImageDamagedException {
    if (smallest.length < InternalKeys.TAIL_BYTES || largest.length < InternalKeys.TAIL_BYTES) {
      throw new ImageDamagedException("a table's key is too short");
    }
    if (Math.max(smallest.length, largest.length) > InternalKeys.MOST_BYTES) {
      throw new ImageDamagedException("a table's key is too long");
    }
    if (InternalKeys.compare(smallest, smallest.length, largest, largest.length) > 0) {
      throw new ImageDamagedException("a table's last key is before its first");
    }
    this.smallest = smallest;
    this.largest = largest;
  }

  boolean beginsBehind(byte[] key, int length) {
    return InternalKeys.compare(smallest, smallest.length, key, length) > 0;
  }

  boolean endsBefore(byte[] key, int length) {
    return InternalKeys.compare(largest, largest.length, key, length) < 0;
  }
}
