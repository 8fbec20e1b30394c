// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.nio.ByteBuffer;

/**
 * Bytes of a zone that stand in an object.
 *
 * @param offsetBytes of the first byte in the zone
 * @param lengthBytes number of bytes, more than 0
 * @param object where they are
 * @param objectOffsetBytes of the first byte in the object
 */
record Piece(long offsetBytes, long lengthBytes, ObjectId object, long objectOffsetBytes) {
  static final int BYTES = 40;

  long endBytes() {
    return offsetBytes + lengthBytes;
  }

  /** The same of another length. */
  Piece ofLength(long bytes) {
    return new Piece(offsetBytes, bytes, object, objectOffsetBytes);
  }

  /** The same at another offset in its object. */
  Piece moved(long byBytes) {
    return new Piece(offsetBytes, lengthBytes, object, objectOffsetBytes + byBytes);
  }

  void encode(ByteBuffer out) {
    out.putLong(offsetBytes).putLong(lengthBytes);
    out.putLong(object.epoch()).putLong(object.number()).putLong(objectOffsetBytes);
  }

  static Piece decode(ByteBuffer in) {
    return new Piece(
        in.getLong(), in.getLong(), new ObjectId(in.getLong(), in.getLong()), in.getLong());
  }
}
