// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The losses that are not listed, because the list of {@link LostRange}s was full; the value of the
 * key {@code lost-more} in META. Big-endian:
 *
 * <pre>
 *  0  u64  how often that happened
 *  8  i64  when last, milliseconds of the epoch
 * </pre>
 *
 * @param findings number of unlisted findings; the same place counts each time
 * @param lastMillis time of the last one
 */
public record UnlistedLosses(long findings, long lastMillis) {
  /** META: the key. */
  public static final byte[] KEY = "lost-more".getBytes(StandardCharsets.US_ASCII);

  /** Everything is listed. */
  public static final UnlistedLosses NONE = new UnlistedLosses(0, 0);

  private static final int BYTES = 16;

  /** Counts one more. */
  public UnlistedLosses and(long nowMillis) {
    return new UnlistedLosses(findings + 1, Math.max(lastMillis, nowMillis));
  }

  /** Whether everything is listed. */
  public boolean isNone() {
    return findings == 0;
  }

  /** The value. */
  public byte[] encode() {
    return ByteBuffer.allocate(BYTES).putLong(findings).putLong(lastMillis).array();
  }

  /**
   * Decodes a value.
   *
   * @throws IOException if it is malformed
   */
  public static UnlistedLosses decode(byte[] value) throws IOException {
    if (value.length != BYTES) {
      throw new IOException("a count of lost data has " + value.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(value);
    return new UnlistedLosses(Math.max(1, in.getLong()), in.getLong());
  }
}
