// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import zonefsj.device.ByteSize;
import zonefsj.fs.ClockText;

/**
 * The progress of a scrub; the value of the key {@code scrub} in META, so that the scrub resumes
 * after a remount. All numbers big-endian:
 *
 * <pre>
 *  0  u32  next zone
 *  4  i64  begun, milliseconds of the epoch
 * 12  i64  finished; 0: not yet
 * 20  u64  bytes that were verified
 * 28  u64  things found damaged
 * </pre>
 *
 * @param nextZone zones before it are done
 * @param begunMillis when it began
 * @param finishedMillis when it ended; 0 while there is something left
 * @param verifiedBytes bytes whose checksums were right
 * @param damages how many ranges of files and frames of metadata were damaged
 */
public record ScrubRecord(
    int nextZone, long begunMillis, long finishedMillis, long verifiedBytes, long damages) {
  /** META: the key. */
  public static final byte[] KEY = "scrub".getBytes(StandardCharsets.US_ASCII);

  private static final int BYTES = 36;

  /** A scrub that has not begun to read. */
  public static ScrubRecord begin(long nowMillis) {
    return new ScrubRecord(0, nowMillis, 0, 0, 0);
  }

  /** Whether it has read everything. */
  public boolean isFinished() {
    return finishedMillis != 0;
  }

  /** The value. */
  public byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .putInt(nextZone)
        .putLong(begunMillis)
        .putLong(finishedMillis)
        .putLong(verifiedBytes)
        .putLong(damages)
        .array();
  }

  /**
   * Decodes a value.
   *
   * @param zones of the filesystem; it may have had more when the record was made
   * @throws IOException if it is malformed
   */
  public static ScrubRecord decode(byte[] value, int zones) throws IOException {
    if (value.length != BYTES) {
      throw new IOException("a scrub record of " + value.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(value);
    int nextZone = in.getInt();
    if (nextZone < 0) {
      throw new IOException("a scrub record names zone " + nextZone + " as the next");
    }
    return new ScrubRecord(
        Math.min(nextZone, zones), in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }

  /**
   * The progress as text.
   *
   * @param percent share of the live data
   */
  public String describe(int percent) {
    String found =
        ByteSize.approximate(verifiedBytes)
            + " verified, "
            + (damages == 0 ? "nothing damaged" : damages + " damaged");
    return isFinished()
        ? "finished " + time(finishedMillis) + ": " + found
        : percent + " % since " + time(begunMillis) + ": " + found;
  }

  private static String time(long millis) {
    return ClockText.of(Instant.ofEpochMilli(millis));
  }
}
