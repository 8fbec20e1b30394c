// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.ClockText;
import zonefsj.fs.meta.Keys;

/**
 * A range of a file that could not be read at the last try; a key and a value in META, so that it
 * is known after a remount. The extents of the file are authoritative: a range that is no longer
 * where the record says was overwritten, truncated, deleted or moved. All numbers big-endian:
 *
 * <pre>
 * key
 *  0  5    "lost:"
 *  5  u64  inode
 * 13  u64  offset in the file
 * value
 *  0  u64  length, bytes
 *  8  i64  position on the drive; -1: given up, a lost extent stands for it
 * 16  i64  first found, milliseconds of the epoch
 * 24  i64  last found
 * 32  u32  how often
 * 36  u8   why: 1 wrong checksum, 2 the drive refuses to read, 3 given up
 * 37  u8   1: all of it; 0: an unknown part of it
 * </pre>
 *
 * @param inode of the file
 * @param from first byte, offset in the file
 * @param to offset behind the last byte
 * @param positionBytes where the first byte is on the drive; -1 if it was given up
 * @param why it cannot be read
 * @param exact whether none of it can be read; otherwise a part of it cannot
 * @param firstMillis when it was found first
 * @param lastMillis when it was found last
 * @param times how often it was found
 */
public record LostRange(
    long inode,
    long from,
    long to,
    long positionBytes,
    Why why,
    boolean exact,
    long firstMillis,
    long lastMillis,
    int times) {
  /** {@link #positionBytes} of a range that was given up. */
  public static final long NOWHERE = -1;

  private static final byte[] PREFIX = "lost:".getBytes(StandardCharsets.US_ASCII);
  private static final int KEY_BYTES = PREFIX.length + 2 * Long.BYTES;
  private static final int VALUE_BYTES = 38;

  /** Why a range cannot be read. */
  public enum Why {
    /** Its bytes do not match their checksum. */
    CHECKSUM_MISMATCH(1),
    /** The drive returns an error. */
    UNREADABLE(2),
    /** It was given up: no read brings it back. */
    GIVEN_UP(3);

    private final int number;

    Why(int number) {
      this.number = number;
    }

    private static Why of(int number) throws IOException {
      for (Why why : values()) {
        if (why.number == number) {
          return why;
        }
      }
      throw new IOException("a record of lost data gives reason " + number);
    }
  }

  /** META: first possible key. */
  public static byte[] firstKey() {
    return PREFIX.clone();
  }

  /** META: behind all keys. */
  public static byte[] endKey() {
    byte[] end = PREFIX.clone();
    end[end.length - 1]++;
    return end;
  }

  /** META: the key of a range. */
  public static byte[] key(long inode, long from) {
    return ByteBuffer.allocate(KEY_BYTES).put(PREFIX).putLong(inode).putLong(from).array();
  }

  /** Length in bytes. */
  public long length() {
    return to - from;
  }

  /** Whether the two overlap or adjoin, and lie in one piece. */
  public boolean adjoins(LostRange other) {
    return from <= other.to && other.from <= to && isInOnePieceWith(other);
  }

  /** Whether some bytes are in both. */
  public boolean overlaps(LostRange other) {
    return from < other.to && other.from < to;
  }

  /** Whether all bytes of the other one are in this one. */
  public boolean contains(LostRange other) {
    return from <= other.from && other.to <= to;
  }

  /** Whether the two have the same distance on the drive as in the file, or both were given up. */
  public boolean isInOnePieceWith(LostRange other) {
    return isNowhere()
        ? other.isNowhere()
        : !other.isNowhere() && positionBytes - from == other.positionBytes - other.from;
  }

  /** Whether the two are of one file and one extent, and have some bytes in common. */
  public boolean sharesBytesWith(LostRange other) {
    return inode == other.inode && overlaps(other) && isInOnePieceWith(other);
  }

  /** Whether it was given up. */
  public boolean isNowhere() {
    return positionBytes == NOWHERE;
  }

  /** A part of it, or a range in one piece with it. */
  public LostRange cut(long newFrom, long newTo) {
    return new LostRange(
        inode,
        newFrom,
        newTo,
        isNowhere() ? NOWHERE : positionBytes + newFrom - from,
        why,
        exact,
        firstMillis,
        lastMillis,
        times);
  }

  /** The same range for another reason. */
  public LostRange because(Why reason) {
    return new LostRange(
        inode, from, to, positionBytes, reason, exact, firstMillis, lastMillis, times);
  }

  /** The same range, of which an unknown part is lost. */
  public LostRange inexact() {
    return new LostRange(
        inode, from, to, positionBytes, why, false, firstMillis, lastMillis, times);
  }

  /** The same range with the history of an earlier record. */
  public LostRange since(long earlierFirstMillis, int newTimes) {
    return new LostRange(
        inode,
        from,
        to,
        positionBytes,
        why,
        exact,
        Math.min(firstMillis, earlierFirstMillis),
        lastMillis,
        newTimes);
  }

  /** This range, found again as a part of another one. */
  public LostRange foundAgain(LostRange by) {
    return new LostRange(
        inode,
        from,
        to,
        positionBytes,
        by.why,
        exact,
        Math.min(firstMillis, by.firstMillis),
        Math.max(lastMillis, by.lastMillis),
        times + by.times);
  }

  /** The value. */
  public byte[] encode() {
    return ByteBuffer.allocate(VALUE_BYTES)
        .putLong(length())
        .putLong(positionBytes)
        .putLong(firstMillis)
        .putLong(lastMillis)
        .putInt(times)
        .put((byte) why.number)
        .put((byte) (exact ? 1 : 0))
        .array();
  }

  /**
   * Decodes a key and its value.
   *
   * @throws IOException if they are malformed
   */
  public static LostRange decode(byte[] key, byte[] value) throws IOException {
    if (key.length != KEY_BYTES || value.length != VALUE_BYTES) {
      throw new IOException(
          "a record of lost data has " + key.length + " and " + value.length + " bytes");
    }
    ByteBuffer place = ByteBuffer.wrap(key, PREFIX.length, 2 * Long.BYTES);
    long inode = place.getLong();
    long from = place.getLong();
    ByteBuffer in = ByteBuffer.wrap(value);
    long length = in.getLong();
    long position = in.getLong();
    boolean possible =
        inode > 0
            && inode < Keys.INODE_LIMIT
            && from >= 0
            && length > 0
            && from + length > 0
            && position >= NOWHERE
            && position <= Long.MAX_VALUE - length;
    if (!possible) {
      throw new IOException(
          "a record of lost data names "
              + length
              + " bytes of inode "
              + inode
              + " at "
              + from
              + ", at byte "
              + position
              + " of the drive");
    }
    long first = in.getLong();
    long last = in.getLong();
    int times = Math.max(1, in.getInt());
    Why why = Why.of(in.get());
    return new LostRange(
        inode, from, from + length, position, why, in.get() != 0, first, last, times);
  }

  /**
   * A line of text.
   *
   * @param file its name
   */
  public String describe(String file, DeviceGeometry geometry) {
    String often = times == 1 ? "" : " (" + times + " times, first " + time(firstMillis) + ")";
    return time(lastMillis) + " " + where(file) + ": " + reason(geometry) + often;
  }

  /** The range of the file as text. */
  public String where(String file) {
    return file + (exact ? " offset " : " somewhere in offset ") + from + "+" + length();
  }

  /** The reason as text. */
  public String reason(DeviceGeometry geometry) {
    String place = "";
    if (!isNowhere()) {
      boolean onDrive = positionBytes < geometry.capacityBytes();
      place =
          (onDrive ? " in zone " + geometry.zoneOf(positionBytes) : "")
              + " at byte "
              + positionBytes
              + " of the drive";
    }
    return switch (why) {
      case CHECKSUM_MISMATCH -> "checksum mismatch" + place;
      case UNREADABLE -> "data cannot be read" + place;
      case GIVEN_UP -> "lost to damage on the drive, and given up";
    };
  }

  private static String time(long millis) {
    return ClockText.of(Instant.ofEpochMilli(millis));
  }
}
