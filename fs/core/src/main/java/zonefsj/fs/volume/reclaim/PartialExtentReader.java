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
 * damaged only after it failed {@value #TRIES} times.
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
  public record Part(int from, int to, @Nullable ByteBuffer bytes, boolean unreadable) {}

  /** Tests a part of an extent, within one granule. */
  @FunctionalInterface
  public interface Test {
    boolean isGood(int from, int to) throws IOException;
  }

  /** Receives parts of an extent: ranges of granules that are all good or all bad. */
  @FunctionalInterface
  public interface Taker {
    void part(int from, int to, boolean good);
  }

  private final VerifiedReader reader;
  private final PhysicalExtent data;
  private final ByteBuffer bytes;
  private final List<Part> parts = new ArrayList<>();
  private boolean drivesError;

  private PartialExtentReader(VerifiedReader reader, PhysicalExtent data) {
    this.reader = reader;
    this.data = data;
    this.bytes = ByteBuffer.allocate(data.lengthBytes());
  }

  /** Reads an extent; the parts are in order and cover the extent. */
  public static List<Part> read(VerifiedReader reader, PhysicalExtent data) throws IOException {
    PartialExtentReader rescue = new PartialExtentReader(reader, data);
    if (rescue.reads(0, data.lengthBytes(), 1)) {
      rescue.add(0, data.lengthBytes(), true);
    } else {
      split(data, (from, to) -> rescue.reads(from, to, TRIES), rescue::add);
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
  public static void split(PhysicalExtent data, Test test, Taker taker) throws IOException {
    int granuleBytes = data.checksums().granuleBytes();
    int from = 0;
    boolean good = true;
    for (int at = 0; at < data.lengthBytes(); ) {
      long granuleEnd = ((long) data.skipBytes() + at) / granuleBytes * granuleBytes + granuleBytes;
      int next = (int) Math.min(data.lengthBytes(), granuleEnd - data.skipBytes());
      boolean isGood = test.isGood(at, next);
      if (isGood != good && at > from) {
        taker.part(from, at, good);
        from = at;
      }
      good = isGood;
      at = next;
    }
    taker.part(from, data.lengthBytes(), good);
  }

  private boolean reads(int from, int to, int tries) throws IOException {
    for (int attempt = 0; attempt < tries; attempt++) {
      try {
        reader.read(data.slice(from, to - from), bytes.slice(from, to - from));
        return true;
      } catch (DataDamagedException damaged) {
        // Try again, or give up.
        drivesError |= damaged.getCause() != null;
      }
    }
    return false;
  }

  private void add(int from, int to, boolean good) {
    parts.add(new Part(from, to, good ? bytes.slice(from, to - from) : null, !good && drivesError));
  }
}
