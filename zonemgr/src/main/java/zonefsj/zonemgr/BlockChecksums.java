// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Checksums of contiguous bytes: one CRC32C for each granule. The last granule may be shorter.
 * Takes 4 bytes for each granule and 24 for the object.
 */
public final class BlockChecksums {
  /** Shorter data have granules of 4 KiB, data of this length or more granules of 32 KiB. */
  public static final int MIN_COARSE_BYTES = 128 << 10;

  private static final int FINE_SHIFT = 12;
  private static final int COARSE_SHIFT = 15;

  private final int shift;
  private final int[] crcs;

  /**
   * @param shift log2 of the granule's length in bytes
   * @param crcs the checksums; the array is kept, not copied
   */
  public BlockChecksums(int shift, int[] crcs) {
    this.shift = shift;
    this.crcs = crcs;
  }

  /** Computes the checksums of the bytes between position and limit; moves neither. */
  public static BlockChecksums of(ByteBuffer data) {
    int length = data.remaining();
    int shift = length < MIN_COARSE_BYTES ? FINE_SHIFT : COARSE_SHIFT;
    int[] crcs = new int[count(length, shift)];
    CRC32C crc = new CRC32C();
    ByteBuffer view = data.duplicate();
    for (int granule = 0; granule < crcs.length; granule++) {
      int from = data.position() + (granule << shift);
      view.limit(Math.min(from + (1 << shift), data.limit())).position(from);
      crc.reset();
      crc.update(view);
      crcs[granule] = (int) crc.getValue();
    }
    return new BlockChecksums(shift, crcs);
  }

  /** Whether a number read from the drive is a valid log2 of a granule: 512 bytes to 16 MiB. */
  public static boolean isShift(int shift) {
    return shift >= 9 && shift <= 24;
  }

  /** Number of granules that a length needs. */
  public static int count(long lengthBytes, int shift) {
    return Math.toIntExact((lengthBytes + (1L << shift) - 1) >>> shift);
  }

  /** Number of granules into which {@link #of} divides a length. */
  public static int countFor(int lengthBytes) {
    return count(lengthBytes, lengthBytes < MIN_COARSE_BYTES ? FINE_SHIFT : COARSE_SHIFT);
  }

  /** Log2 of the granule's length in bytes. */
  public int shift() {
    return shift;
  }

  /** Length of a granule in bytes. */
  public int granuleBytes() {
    return 1 << shift;
  }

  /** The checksums; callers must not change the array. */
  public int[] crcs() {
    return crcs;
  }

  /** The checksums of granules {@code from} to {@code to - 1}. */
  public BlockChecksums range(int from, int to) {
    return from == 0 && to == crcs.length
        ? this
        : new BlockChecksums(shift, Arrays.copyOfRange(crcs, from, to));
  }

  /**
   * Checks data against the checksums.
   *
   * @param data whole granules beginning with number {@code first}; the last may be short
   * @return index of the first granule that does not match, or -1
   */
  public int firstMismatch(ByteBuffer data, int first) {
    CRC32C crc = new CRC32C();
    ByteBuffer view = data.duplicate();
    int granule = first;
    for (int from = data.position(); from < data.limit(); from += granuleBytes()) {
      view.limit(Math.min(from + granuleBytes(), data.limit())).position(from);
      crc.reset();
      crc.update(view);
      if ((int) crc.getValue() != crcs[granule]) {
        return granule;
      }
      granule++;
    }
    return -1;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BlockChecksums that
        && shift == that.shift
        && Arrays.equals(crcs, that.crcs);
  }

  @Override
  public int hashCode() {
    return 31 * shift + Arrays.hashCode(crcs);
  }
}
