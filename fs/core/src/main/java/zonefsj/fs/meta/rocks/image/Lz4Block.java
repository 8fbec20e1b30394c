// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

/** Decompresses the LZ4 block format without trusting any length in it. */
public final class Lz4Block {
  private static final int LEAST_MATCH = 4;
  private static final int LONG = 15;
  private static final int OFFSET_BYTES = 2;

  private Lz4Block() {}

  /**
   * Decompresses a block.
   *
   * @param in contains the block from {@code from} to {@code to}
   * @param out receives {@code length} bytes from 0 on
   * @return whether the block is complete and has exactly this length after decompression
   */
  public static boolean decompress(byte[] in, int from, int to, byte[] out, int length) {
    int at = from;
    int done = 0;
    while (at < to) {
      int token = in[at++] & 0xff;
      int literals = token >>> 4;
      if (literals == LONG) {
        int more;
        do {
          if (at == to || literals > length) {
            return false;
          }
          more = in[at++] & 0xff;
          literals += more;
        } while (more == 0xff);
      }
      if (literals > to - at || literals > length - done) {
        return false;
      }
      System.arraycopy(in, at, out, done, literals);
      at += literals;
      done += literals;
      if (at == to) {
        // The last sequence ends with its literals.
        return done == length;
      }
      if (to - at < OFFSET_BYTES) {
        return false;
      }
      int back = (in[at] & 0xff) | (in[at + 1] & 0xff) << 8;
      at += OFFSET_BYTES;
      int match = token & LONG;
      if (match == LONG) {
        int more;
        do {
          if (at == to || match > length) {
            return false;
          }
          more = in[at++] & 0xff;
          match += more;
        } while (more == 0xff);
      }
      match += LEAST_MATCH;
      if (back == 0 || back > done || match > length - done) {
        return false;
      }
      copy(out, done, back, match);
      done += match;
    }
    return false;
  }

  /** The source may overlap the target. */
  private static void copy(byte[] out, int to, int back, int length) {
    if (back >= length) {
      System.arraycopy(out, to - back, out, to, length);
    } else {
      for (int index = to; index < to + length; index++) {
        out[index] = out[index - back];
      }
    }
  }
}
