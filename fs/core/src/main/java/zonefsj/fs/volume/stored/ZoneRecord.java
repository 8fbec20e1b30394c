// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.zonemgr.ZoneStream;

/**
 * The value of ZONES: u64 live bytes, u8 stream, i64 last write in milliseconds of the epoch;
 * big-endian.
 *
 * @param liveBytes live bytes
 * @param stream stream of the zone
 * @param lastWriteMillis last write
 */
public record ZoneRecord(long liveBytes, ZoneStream stream, long lastWriteMillis) {
  private static final int BYTES = 17;

  /** The value for the index. */
  public byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .putLong(liveBytes)
        .put((byte) stream.number())
        .putLong(lastWriteMillis)
        .array();
  }

  /** Decodes a value of the index. */
  public static ZoneRecord decode(byte[] value) throws IOException {
    if (value.length != BYTES) {
      throw new IOException("a zone record has " + value.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(value);
    ZoneRecord record = new ZoneRecord(in.getLong(), ZoneStream.of(in.get()), in.getLong());
    if (record.liveBytes < 0) {
      throw new IOException("a zone record has " + record.liveBytes + " live bytes");
    }
    return record;
  }
}
