// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.data.DataDamagedException;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.VerifiedReader;

/**
 * Reads as much of an extent as possible: if one granule is damaged, the others are still read. A
 * failed read may be the fault of the connection and not of the medium, so a granule counts as
 * damaged only after the drive returned wrong bytes {@value #TRIES} times, and as unreadable after
 * it returned as many errors.
 */
public final class PartialExtentReader {
  static final int TRIES = 3;

  /**
   * A part of the extent.
   *
   * @param from first byte, from the extent's start
   * @param to byte behind the last
   * @param bytes the bytes; null if they cannot be read
   * @param unreadable whether the drive returned an error, which may be temporary, not wrong bytes
   */
  public record Part(int from, int to, @Nullable ByteBuffer bytes, boolean unreadable) {
    /** Whether the drive returned wrong bytes. */
    public boolean isWrong() {
      return bytes == null && !unreadable;
    }
  }

  /** Tests a part of an extent, within one granule. */
  @FunctionalInterface
  public interface Test<T> {
    T result(int from, int to) throws IOException;
  }

  /** Receives parts of an extent: ranges of granules that have the same result. */
  @FunctionalInterface
  public interface Taker<T> {
    void part(int from, int to, T result);
  }

  /** What the drive returns for a granule. */
  private enum Answer {
    DATA,
    WRONG_BYTES,
    ERRORS
  }

  private final VerifiedReader reader;
  private final PhysicalExtent data;
  private final ByteBuffer bytes;
  private final List<Part> parts = new ArrayList<>();

  private PartialExtentReader(VerifiedReader reader, PhysicalExtent data) {
    this.reader = reader;
    this.data = data;
    this.bytes = ByteBuffer.allocate(data.lengthBytes());
  }

  /** Reads an extent; the parts are in order and cover the extent. */
  public static List<Part> read(VerifiedReader reader, PhysicalExtent data) throws IOException {
    PartialExtentReader rescue = new PartialExtentReader(reader, data);
    if (rescue.tryRead(0, data.lengthBytes()) == Answer.DATA) {
      rescue.add(0, data.lengthBytes(), Answer.DATA);
    } else {
      split(data, rescue::answer, rescue::add);
    }
    return rescue.parts;
  }

  /**
   * Reads several extents; adjacent ones in one read.
   *
   * @return the parts of each, as {@link #read} returns them
   */
  static List<List<Part>> readAll(VerifiedReader reader, List<PhysicalExtent> extents)
      throws IOException {
    List<List<Part>> found = new ArrayList<>(extents.size());
    List<VerifiedReader.ReadRequest> wanted = new ArrayList<>(extents.size());
    for (PhysicalExtent data : extents) {
      ByteBuffer bytes = ByteBuffer.allocate(data.lengthBytes());
      wanted.add(new VerifiedReader.ReadRequest(data, bytes));
      found.add(List.of(new Part(0, data.lengthBytes(), bytes, false)));
    }
    try {
      reader.readAll(wanted);
      wanted.forEach(one -> one.destination().flip());
      return found;
    } catch (DataDamagedException damaged) {
      // At least one is damaged: read them one by one.
    }
    for (int index = 0; index < extents.size(); index++) {
      found.set(index, read(reader, extents.get(index)));
    }
    return found;
  }

  /** Tests an extent granule by granule. */
  public static <T> void split(PhysicalExtent data, Test<T> test, Taker<T> taker)
      throws IOException {
    int from = 0;
    int to = granuleEnd(data, 0);
    T result = test.result(0, to);
    while (to < data.lengthBytes()) {
      int next = granuleEnd(data, to);
      T nextResult = test.result(to, next);
      if (!nextResult.equals(result)) {
        taker.part(from, to, result);
        from = to;
        result = nextResult;
      }
      to = next;
    }
    taker.part(from, to, result);
  }

  /** The end of the granule that contains a byte of an extent, or of the extent. */
  private static int granuleEnd(PhysicalExtent data, int at) {
    int granuleBytes = data.checksums().granuleBytes();
    long end = ((long) data.skipBytes() + at) / granuleBytes * granuleBytes + granuleBytes;
    return (int) Math.min(data.lengthBytes(), end - data.skipBytes());
  }

  /** Reads a granule until the drive has answered alike often enough. */
  private Answer answer(int from, int to) throws IOException {
    int errors = 0;
    int wrong = 0;
    while (errors < TRIES && wrong < TRIES) {
      switch (tryRead(from, to)) {
        case DATA -> {
          return Answer.DATA;
        }
        case WRONG_BYTES -> wrong++;
        case ERRORS -> errors++;
      }
    }
    return errors < TRIES ? Answer.WRONG_BYTES : Answer.ERRORS;
  }

  private Answer tryRead(int from, int to) throws IOException {
    try {
      reader.read(data.slice(from, to - from), bytes.slice(from, to - from));
      return Answer.DATA;
    } catch (DataDamagedException damaged) {
      return damaged.isUnreadable() ? Answer.ERRORS : Answer.WRONG_BYTES;
    }
  }

  private void add(int from, int to, Answer answer) {
    ByteBuffer read = answer == Answer.DATA ? bytes.slice(from, to - from) : null;
    parts.add(new Part(from, to, read, answer == Answer.ERRORS));
  }
}
