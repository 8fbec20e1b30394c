// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import zonefsj.fs.meta.AppliedPosition;

/**
 * The applied position in the index: key {@code "mark"} of the column family "default", which holds
 * nothing else. Value, big-endian: UUID (16 bytes), sequence number (8), chain hash (8).
 */
final class AppliedPositionCodec {
  private static final byte[] KEY = "mark".getBytes(US_ASCII);
  private static final int BYTES = 32;

  private AppliedPositionCodec() {}

  static byte[] key() {
    return KEY.clone();
  }

  static byte[] encode(AppliedPosition mark) {
    return ByteBuffer.allocate(BYTES)
        .putLong(mark.filesystem().getMostSignificantBits())
        .putLong(mark.filesystem().getLeastSignificantBits())
        .putLong(mark.sequence())
        .putLong(mark.chain())
        .array();
  }

  /** Reports a wrong length as damage, as RocksDB does. */
  static AppliedPosition decode(byte[] value) throws RocksDBException {
    if (value.length != BYTES) {
      String what = "the mark has " + value.length + " bytes, not " + BYTES;
      throw new RocksDBException(
          what, new Status(Status.Code.Corruption, Status.SubCode.None, what));
    }
    ByteBuffer in = ByteBuffer.wrap(value);
    return new AppliedPosition(new UUID(in.getLong(), in.getLong()), in.getLong(), in.getLong());
  }
}
