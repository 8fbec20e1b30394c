// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.memory;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;

/**
 * The checkpoint format "pairs-1": one file, {@code pairs}, of at most 2 GiB. Big-endian.
 *
 * <pre>
 * offset  bytes
 *      0      8  magic, ASCII "ZJPAIRS1"
 *      8     16  UUID of the filesystem
 *     24      8  sequence number of the mark
 *     32      8  chain hash of the mark
 *     40      -  pairs, by ascending family number, then ascending unsigned key:
 *                  1  family number, 0..254
 *                  4  length of the key, k
 *                  4  length of the value, v
 *                  k  key
 *                  v  value
 *      -      1  255: end of the pairs
 *      -      8  number of pairs
 *      -      4  CRC32C of everything before it
 * </pre>
 *
 * Nothing follows. A reader checks the CRC first, then the rest including the order.
 */
final class PairsFormat {
  static final String NAME = "pairs-1";
  static final String FILE = "pairs";

  /** A reader holds copies of the image, and objects in addition. */
  private static final int SHARE_OF_MEMORY = 8;

  private static final long MAGIC = 0x5A4A504149525331L;
  private static final int END = 255;
  private static final int CRC_BYTES = 4;

  /** All fields except the pairs: magic, UUID, applied position, end, number of pairs, CRC. */
  private static final int FIXED_BYTES = 8 + 16 + 16 + 1 + 8 + CRC_BYTES;

  /** A pair without key and value: family and two lengths. */
  private static final int PAIR_BYTES = 1 + 4 + 4;

  private PairsFormat() {}

  /** Length of an image. */
  static long bytes(MemoryState state) {
    long bytes = FIXED_BYTES;
    for (ColumnFamily family : ColumnFamily.values()) {
      SortedBytes pairs = state.family(family);
      bytes += pairs.bytes() + (long) PAIR_BYTES * pairs.size();
    }
    return bytes;
  }

  static byte[] write(MemoryState state, AppliedPosition mark) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(MAGIC);
    out.writeLong(mark.filesystem().getMostSignificantBits());
    out.writeLong(mark.filesystem().getLeastSignificantBits());
    out.writeLong(mark.sequence());
    out.writeLong(mark.chain());
    long[] count = {0};
    // The column families are declared in ascending order of their numbers.
    for (ColumnFamily family : ColumnFamily.values()) {
      state
          .family(family)
          .scan(
              new byte[0],
              null,
              (key, value) -> {
                out.writeByte(family.number());
                out.writeInt(key.length);
                out.writeInt(value.length);
                out.write(key);
                out.write(value);
                count[0]++;
                return true;
              });
    }
    out.writeByte(END);
    out.writeLong(count[0]);
    out.writeInt(crc(bytes.toByteArray(), bytes.size()));
    return bytes.toByteArray();
  }

  /**
   * Reads an image.
   *
   * @throws IOException if it cannot be read, is damaged, or has another applied position than
   *     expected
   */
  static MemoryState read(CheckpointContent content) throws IOException {
    List<CheckpointContent.FileInfo> files = content.files();
    if (files.size() != 1) {
      throw damaged("has " + files.size() + " files, not 1");
    }
    if (files.get(0).sizeBytes() > Runtime.getRuntime().maxMemory() / SHARE_OF_MEMORY) {
      throw new HostException(
          "the checkpoint of the index has "
              + files.get(0).sizeBytes()
              + " bytes, too many for an index in the memory of this process");
    }
    byte[] bytes;
    try (InputStream in = content.open(files.get(0))) {
      bytes = in.readAllBytes();
    }
    if (bytes.length < CRC_BYTES
        || ByteBuffer.wrap(bytes).getInt(bytes.length - CRC_BYTES)
            != crc(bytes, bytes.length - CRC_BYTES)) {
      throw damaged("does not match its checksum");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, 0, bytes.length - CRC_BYTES);
    try {
      if (in.getLong() != MAGIC) {
        throw damaged("does not begin with its magic number");
      }
      AppliedPosition mark =
          new AppliedPosition(new UUID(in.getLong(), in.getLong()), in.getLong(), in.getLong());
      if (!mark.equals(content.mark())) {
        throw damaged("is at " + mark + ", not at " + content.mark());
      }
      MemoryState state = MemoryState.EMPTY.after(sink -> readPairs(in, sink), mark);
      if (in.hasRemaining()) {
        throw damaged("has " + in.remaining() + " bytes too many");
      }
      return state;
    } catch (BufferUnderflowException e) {
      throw new IOException("the checkpoint of the index is too short", e);
    }
  }

  private static void readPairs(ByteBuffer in, MetadataBatch.Sink sink) throws IOException {
    long count = 0;
    int lastFamily = -1;
    byte @Nullable [] lastKey = null;
    for (int number = in.get() & 0xFF; number != END; number = in.get() & 0xFF) {
      int keyBytes = in.getInt();
      int valueBytes = in.getInt();
      if (keyBytes < 0 || valueBytes < 0 || (long) keyBytes + valueBytes > in.remaining()) {
        throw damaged("has a pair that is longer than the file");
      }
      byte[] key = new byte[keyBytes];
      byte[] value = new byte[valueBytes];
      in.get(key).get(value);
      boolean ascending =
          number > lastFamily
              || (number == lastFamily
                  && lastKey != null
                  && Arrays.compareUnsigned(key, lastKey) > 0);
      if (!ascending) {
        throw damaged("is not sorted");
      }
      sink.put(ColumnFamily.of(number), key, value);
      lastFamily = number;
      lastKey = key;
      count++;
    }
    if (in.getLong() != count) {
      throw damaged("does not have the number of pairs that it says");
    }
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static IOException damaged(String what) {
    return new IOException("the checkpoint of the index " + what);
  }
}
