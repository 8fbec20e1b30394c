// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a key.
 *
 * <pre>
 * offset size
 *      0    1  1: nobody else puts this name; 2: others may
 *      1    8  of 2: the position of the placeholder after which it counts; else zeros
 *      9       the object
 * </pre>
 *
 * <p>The placeholder is a value of one byte, zero. A position is that of a version in the index of
 * the server: the number of the file, then an offset, of 4 bytes each, as they are in the answers
 * of {@code HISTORY} (0-db, libzdb/index.h, index_ekey_t).
 */
final class ZdbValue {
  /** Stands where something is going to be put. */
  private static final byte[] PLACEHOLDER = {0};

  static final int HEADER_BYTES = 9;
  private static final byte OWN = 1;
  private static final byte CONTESTED = 2;
  private static final int POSITION_BYTES = 8;

  /** Length of a cursor. */
  static final int CURSOR_BYTES = 17;

  private ZdbValue() {}

  static byte[] placeholder() {
    return PLACEHOLDER.clone();
  }

  static boolean isPlaceholder(@Nullable Object value) {
    return value instanceof byte[] bytes && Arrays.equals(bytes, PLACEHOLDER);
  }

  static byte[] own(ByteBuffer... sources) {
    return value(OWN, new byte[POSITION_BYTES], sources);
  }

  /**
   * An object whose name others may put.
   *
   * @param position of a placeholder that nothing came before
   */
  static byte[] contested(byte[] position, ByteBuffer... sources) {
    return value(CONTESTED, position, sources);
  }

  private static byte[] value(byte kind, byte[] position, ByteBuffer... sources) {
    int length = HEADER_BYTES;
    for (ByteBuffer source : sources) {
      length += source.remaining();
    }
    ByteBuffer value = ByteBuffer.allocate(length).put(kind).put(position);
    for (ByteBuffer source : sources) {
      value.put(source.duplicate());
    }
    return value.array();
  }

  static boolean isOwn(byte[] value) {
    return value.length >= HEADER_BYTES && value[0] == OWN;
  }

  /** Whether a value counts: it follows the placeholder that it names. */
  static boolean follows(byte[] value, byte[] parent) {
    return value.length >= HEADER_BYTES
        && value[0] == CONTESTED
        && Arrays.equals(value, 1, HEADER_BYTES, parent, 0, parent.length);
  }

  /** The object in a value. */
  static ByteBuffer object(byte[] value) {
    return ByteBuffer.wrap(value, HEADER_BYTES, value.length - HEADER_BYTES).slice();
  }

  /**
   * The position in a cursor: the length of the key (1 byte), the number of the file (4), the
   * length of the value (4), the offset (4), a checksum (4), all little endian (0-db,
   * libzdb/index.h, index_bkey_t).
   */
  static byte[] position(byte[] cursor) {
    ByteBuffer in = ByteBuffer.wrap(cursor).order(ByteOrder.LITTLE_ENDIAN);
    return ByteBuffer.allocate(POSITION_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(in.getInt(1))
        .putInt(in.getInt(9))
        .array();
  }
}
