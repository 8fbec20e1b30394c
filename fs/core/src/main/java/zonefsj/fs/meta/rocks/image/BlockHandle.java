// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

/**
 * The position of a block in its table.
 *
 * @param at offset of its first byte
 * @param bytes its length without the trailer
 */
record BlockHandle(long at, long bytes) {
  /** Compression type (1) and checksum (4) after each block. */
  static final int TRAILER_BYTES = 5;

  static BlockHandle read(Cursor in) throws ImageDamagedException {
    return new BlockHandle(in.number(), in.number());
  }

  /** Offset of the next block. */
  long end() {
    return at + bytes + TRAILER_BYTES;
  }
}
