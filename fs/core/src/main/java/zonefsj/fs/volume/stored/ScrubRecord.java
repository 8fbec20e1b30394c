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
 * 36  u64  things that were wrong in one copy of the drive, and are written anew
 * </pre>
 *
 * <p>The last number is left out if it is 0, so that older versions can read the rest.
 *
 * @param nextZone zones before it are done
 * @param begunMillis when it began
 * @param finishedMillis when it ended; 0 while there is something left
 * @param verifiedBytes bytes whose checksums were right
 * @param damages how many ranges of files and frames of metadata were damaged
 * @param repaired how many places were wrong in a copy of the drive while another copy was right,
 *     and are written anew
 */
public record ScrubRecord(
    int nextZone,
    long begunMillis,
    long finishedMillis,
    long verifiedBytes,
    long damages,
    long repaired) {
  /** META: the key. */
  public static final byte[] KEY = "scrub".getBytes(StandardCharsets.US_ASCII);

  private static final int BYTES_WITHOUT_REPAIRS = 36;
  private static final int BYTES = BYTES_WITHOUT_REPAIRS + Long.BYTES;

  /** A scrub that has not begun to read. */
  public static ScrubRecord begin(long nowMillis) {
    return new ScrubRecord(0, nowMillis, 0, 0, 0, 0);
  }

  /** The same at a later zone. */
  public ScrubRecord at(int zone) {
    return new ScrubRecord(zone, begunMillis, 0, verifiedBytes, damages, repaired);
  }

  /** The same, ended. */
  public ScrubRecord finishedAt(int zones, long nowMillis) {
    return new ScrubRecord(zones, begunMillis, nowMillis, verifiedBytes, damages, repaired);
  }

  /** The same with more bytes verified. */
  public ScrubRecord withVerified(long bytes) {
    return new ScrubRecord(nextZone, begunMillis, 0, verifiedBytes + bytes, damages, repaired);
  }

  /** The same with more damages and repairs. */
  public ScrubRecord withFound(long newDamages, long newRepairs) {
    return new ScrubRecord(
        nextZone, begunMillis, 0, verifiedBytes, damages + newDamages, repaired + newRepairs);
  }

  /** Whether it has read everything. */
  public boolean isFinished() {
    return finishedMillis != 0;
  }

  /** The value. */
  public byte[] encode() {
    ByteBuffer out =
        ByteBuffer.allocate(repaired == 0 ? BYTES_WITHOUT_REPAIRS : BYTES)
            .putInt(nextZone)
            .putLong(begunMillis)
            .putLong(finishedMillis)
            .putLong(verifiedBytes)
            .putLong(damages);
    return (repaired == 0 ? out : out.putLong(repaired)).array();
  }

  /**
   * Decodes a value.
   *
   * @param zones of the filesystem; it may have had more when the record was made
   * @throws IOException if it is malformed
   */
  public static ScrubRecord decode(byte[] value, int zones) throws IOException {
    if (value.length != BYTES && value.length != BYTES_WITHOUT_REPAIRS) {
      throw new IOException("a scrub record of " + value.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(value);
    int nextZone = in.getInt();
    if (nextZone < 0) {
      throw new IOException("a scrub record names zone " + nextZone + " as the next");
    }
    return new ScrubRecord(
        Math.min(nextZone, zones),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.hasRemaining() ? in.getLong() : 0);
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
            + (damages == 0 ? "nothing damaged" : damages + " damaged")
            + (repaired == 0 ? "" : ", " + repaired + " repaired from another copy");
    return isFinished()
        ? "finished " + time(finishedMillis) + ": " + found
        : percent + " % since " + time(begunMillis) + ": " + found;
  }

  private static String time(long millis) {
    return ClockText.of(Instant.ofEpochMilli(millis));
  }
}
