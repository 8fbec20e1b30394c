// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.run;

import java.nio.ByteBuffer;
import zonefsj.fs.meta.run.RunPiece.DamagedException;

/** Numbers of 1 to 5 bytes, seven bits in each, the lowest first (LEB128). */
final class Varints {
  static final int MAX_BYTES = 5;

  private Varints() {}

  static void put(ByteBuffer out, int value) {
    int rest = value;
    while (rest >>> 7 != 0) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  /**
   * Reads a length.
   *
   * @throws DamagedException if the buffer ends within the number, or the number is negative or
   *     above {@code max}
   */
  static int length(ByteBuffer in, int max) throws DamagedException {
    int value = 0;
    for (int shift = 0; shift < 7 * MAX_BYTES; shift += 7) {
      if (!in.hasRemaining()) {
        throw new DamagedException("ends within a number");
      }
      byte next = in.get();
      value |= (next & 0x7f) << shift;
      if (next >= 0) {
        if (value < 0 || value > max) {
          break;
        }
        return value;
      }
    }
    throw new DamagedException("has a length above " + max);
  }
}
