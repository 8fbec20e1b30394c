// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

/**
 * Bytes of a zone that stand in an object.
 *
 * @param offsetBytes of the first byte in the zone
 * @param lengthBytes number of bytes, more than 0
 * @param object where they are
 * @param objectOffsetBytes of the first byte in the object
 */
record Piece(long offsetBytes, long lengthBytes, ObjectId object, long objectOffsetBytes) {
  /** In an object. */
  static final int BYTES = 40;

  long endBytes() {
    return offsetBytes + lengthBytes;
  }
}
