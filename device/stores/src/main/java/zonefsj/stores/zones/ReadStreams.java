// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

/**
 * Guesses which reads of zones go on, from where they were before. A read belongs to a stream if it
 * is near the end of it: the kernel lets several threads read one file ahead, so they come a little
 * out of order. Whoever jumps about reads little of the range and is not taken for a stream.
 *
 * <p>Thread-safe. Takes 2 KiB.
 */
final class ReadStreams {
  /** So many files are read side by side. */
  static final int STREAMS = 32;

  /** So far from the end of a stream a read may be. */
  static final long NEAR_BYTES = 1 << 20;

  /** As much is worth fetching as was read, but at least this. */
  static final long LEAST_BYTES = ObjectLines.LINE_BYTES;

  static final long MOST_BYTES = 8 << 20;

  /** At least this share of what lies between its first and its last byte was read. */
  private static final int DENSE = 2;

  /** A stream that none of so many reads belonged to has ended. */
  private static final int LONG_AGO = 2 * STREAMS;

  private static final class Stream {
    int zone = -1;
    long beginBytes;
    long endBytes;

    /** Sum of all reads. */
    long readBytes;

    boolean goesOn;
    long lastUse;
  }

  private final Stream[] streams = new Stream[STREAMS];
  private final long budgetBytes;
  private long uses;

  /**
   * @param budgetBytes memory for what is fetched, of which half is for what was not read yet; with
   *     too many streams none gets any
   */
  ReadStreams(long budgetBytes) {
    this.budgetBytes = budgetBytes;
    for (int at = 0; at < streams.length; at++) {
      streams[at] = new Stream();
    }
  }

  /**
   * Notes a read.
   *
   * @return so many bytes behind its end are worth fetching; 0 if it does not go on
   */
  synchronized long note(int zone, long offsetBytes, long lengthBytes) {
    Stream oldest = streams[0];
    for (Stream stream : streams) {
      if (stream.zone == zone && Math.abs(offsetBytes - stream.endBytes) <= NEAR_BYTES) {
        stream.lastUse = ++uses;
        return Math.min(goOn(stream, offsetBytes, lengthBytes), shareBytes());
      }
      if (stream.lastUse < oldest.lastUse) {
        oldest = stream;
      }
    }
    oldest.lastUse = ++uses;
    begin(oldest, zone, offsetBytes, lengthBytes);
    return 0;
  }

  /** What may be fetched for each stream that goes on. */
  private long shareBytes() {
    int count = 0;
    for (Stream stream : streams) {
      count += stream.goesOn && stream.lastUse > uses - LONG_AGO ? 1 : 0;
    }
    count = Math.max(1, count);
    // The line that is read, and the next one.
    return 2L * count * LEAST_BYTES > budgetBytes ? 0 : budgetBytes / 2 / count;
  }

  private static void begin(Stream stream, int zone, long offsetBytes, long lengthBytes) {
    stream.zone = zone;
    stream.beginBytes = offsetBytes;
    stream.endBytes = offsetBytes + lengthBytes;
    stream.readBytes = lengthBytes;
    stream.goesOn = false;
  }

  private static long goOn(Stream stream, long offsetBytes, long lengthBytes) {
    long end = offsetBytes + lengthBytes;
    if (end <= stream.endBytes) {
      // Behind others, or once more.
      stream.readBytes += stream.readBytes < stream.endBytes - stream.beginBytes ? lengthBytes : 0;
      return 0;
    }
    stream.readBytes += lengthBytes;
    stream.endBytes = end;
    if (stream.readBytes * DENSE < end - stream.beginBytes) {
      begin(stream, stream.zone, offsetBytes, lengthBytes);
      return 0;
    }
    stream.goesOn = true;
    return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, stream.readBytes));
  }
}
