// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What a layer on a drive remembers beside the zones of that drive. All numbers are little-endian.
 *
 * <pre>
 * offset  bytes
 *      0      8  magic "ZFJDIFR1"
 *      8      4  CRC32C of all bytes of the record from 12 on
 *     12      4  number of zones
 *     16     16  UUID of the layer, most significant byte first
 *     32      8  sequence number: grows by 1 with each record
 *     40      4  stage of a merge, as in a layer file; 4: the layer is being dropped
 *     44      4  zone whose first bytes are in the spare zone; -1: none
 *     48  8 * n  a bit for each zone: the bytes of the drive below are hidden
 *      +  8 * n  a bit for each zone: what the drive of the layer has of it is of before its reset
 * </pre>
 *
 * n is the number of zones, divided by 64 and rounded up. A record fills whole blocks; the rest of
 * the last one is zeros. It is always whole, so the newest one alone counts.
 *
 * @param layer identity of the layer
 * @param zones number of zones
 * @param sequence number of the record
 * @param stage of a merge
 * @param spareOf zone whose first bytes are in the spare zone; {@link #NO_ZONE}: none
 * @param hidden zones of which the drive below has nothing to give any more; not to be changed
 * @param stale zones whose bytes on the layer's drive are of before a reset; not to be changed
 */
record LayerRecord(
    UUID layer,
    int zones,
    long sequence,
    MergeStage stage,
    int spareOf,
    BitSet hidden,
    BitSet stale) {
  /** No zone has bytes in the spare zone. */
  static final int NO_ZONE = -1;

  private static final long MAGIC = 0x31524649444a465aL;
  private static final int CRC_AT = 8;
  private static final int CRC_FROM = 12;
  private static final int HEAD_BYTES = 48;

  /** The first record of a layer. */
  static LayerRecord first(UUID layer, int zones) {
    return new LayerRecord(layer, zones, 1, MergeStage.NONE, NO_ZONE, new BitSet(), new BitSet());
  }

  /** The record after this one. */
  LayerRecord next(MergeStage nextStage, int nextSpareOf, BitSet nowHidden, BitSet nowStale) {
    return new LayerRecord(layer, zones, sequence + 1, nextStage, nextSpareOf, nowHidden, nowStale);
  }

  private static int wordsOf(int zones) {
    return (zones + Long.SIZE - 1) / Long.SIZE;
  }

  /** Length of a record in whole blocks. */
  static int lengthBytes(int zones, int blockSizeBytes) {
    int length = contentBytes(zones);
    return (length + blockSizeBytes - 1) / blockSizeBytes * blockSizeBytes;
  }

  private static int contentBytes(int zones) {
    return HEAD_BYTES + 2 * wordsOf(zones) * Long.BYTES;
  }

  /** Encodes the record into whole blocks. */
  ByteBuffer encode(int blockSizeBytes) {
    ByteBuffer out =
        ByteBuffer.allocateDirect(lengthBytes(zones, blockSizeBytes))
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(MAGIC).putInt(0).putInt(zones);
    out.order(ByteOrder.BIG_ENDIAN);
    out.putLong(layer.getMostSignificantBits()).putLong(layer.getLeastSignificantBits());
    out.order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(sequence).putInt(stage.code()).putInt(spareOf);
    put(out, hidden);
    put(out, stale);
    out.putInt(CRC_AT, crc(out, zones));
    return out.clear();
  }

  private void put(ByteBuffer out, BitSet bits) {
    long[] words = bits.toLongArray();
    for (int word = 0; word < wordsOf(zones); word++) {
      out.putLong(word < words.length ? words[word] : 0);
    }
  }

  /**
   * Decodes a record.
   *
   * @param bytes from index 0, as many as {@link #lengthBytes}
   * @param layer to which it must belong
   * @param zones number of its zones
   * @return empty if it is none of this layer, or damaged
   */
  static Optional<LayerRecord> decode(ByteBuffer bytes, UUID layer, int zones) {
    ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(0);
    if (in.limit() < contentBytes(zones)
        || in.getLong() != MAGIC
        || in.getInt() != crc(in, zones)
        || in.getInt() != zones) {
      return Optional.empty();
    }
    in.order(ByteOrder.BIG_ENDIAN);
    UUID of = new UUID(in.getLong(), in.getLong());
    in.order(ByteOrder.LITTLE_ENDIAN);
    long sequence = in.getLong();
    MergeStage stage = MergeStage.of(in.getInt());
    int spareOf = in.getInt();
    if (!of.equals(layer) || stage == null || spareOf < NO_ZONE || spareOf >= zones) {
      return Optional.empty();
    }
    BitSet hidden = bits(in, zones);
    BitSet stale = bits(in, zones);
    return Optional.of(new LayerRecord(layer, zones, sequence, stage, spareOf, hidden, stale));
  }

  private static BitSet bits(ByteBuffer in, int zones) {
    long[] words = new long[wordsOf(zones)];
    for (int word = 0; word < words.length; word++) {
      words[word] = in.getLong();
    }
    return BitSet.valueOf(words);
  }

  private static int crc(ByteBuffer bytes, int zones) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(CRC_FROM, contentBytes(zones) - CRC_FROM));
    return (int) crc.getValue();
  }
}
