// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import zonefsj.fs.meta.ColumnFamily;

/** Random runs, and the bytes of a piece in memory. */
final class RunBytes implements RunPiece.Source {
  private final byte[] bytes;

  RunBytes(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public long sizeBytes() {
    return bytes.length;
  }

  @Override
  public byte[] read(long offset, int length) {
    return Arrays.copyOfRange(bytes, Math.toIntExact(offset), Math.toIntExact(offset + length));
  }

  static <V> NavigableMap<byte[], V> sorted() {
    return new TreeMap<>(Arrays::compareUnsigned);
  }

  /** Bytes with many equal beginnings. */
  static byte[] randomBytes(RandomGenerator random, int limit) {
    byte[] bytes = new byte[random.nextInt(limit)];
    for (int index = 0; index < bytes.length; index++) {
      bytes[index] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(3) - 1);
    }
    return bytes;
  }

  /**
   * The changes of a run.
   *
   * @param rows an empty value: the key is deleted
   * @param ranges deleted before the rows
   */
  record Changes(NavigableMap<byte[], Optional<byte[]>> rows, List<RunPiece.DeletedRange> ranges) {
    static Changes random(RandomGenerator random, int most) {
      NavigableMap<byte[], Optional<byte[]>> rows = sorted();
      int count = random.nextInt(most);
      for (int row = 0; row < count; row++) {
        byte[] value = randomBytes(random, random.nextInt(100) == 0 ? 70_000 : 60);
        rows.put(
            randomBytes(random, 12),
            random.nextInt(5) == 0 ? Optional.empty() : Optional.of(value));
      }
      TreeSet<byte[]> ends = new TreeSet<>(Arrays::compareUnsigned);
      int limits = 2 * random.nextInt(4);
      for (int limit = 0; limit < limits; limit++) {
        ends.add(randomBytes(random, 6));
      }
      List<RunPiece.DeletedRange> ranges = new ArrayList<>();
      while (ends.size() > 1) {
        ranges.add(new RunPiece.DeletedRange(ends.pollFirst(), ends.pollFirst()));
      }
      return new Changes(rows, ranges);
    }

    void applyTo(NavigableMap<byte[], byte[]> state) {
      for (RunPiece.DeletedRange range : ranges) {
        state.subMap(range.from(), true, range.to(), false).clear();
      }
      rows.forEach(
          (key, value) ->
              value.ifPresentOrElse(present -> state.put(key, present), () -> state.remove(key)));
    }

    byte[] encode(long oldest, long newest) throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      RunPieceWriter writer = new RunPieceWriter(out, ColumnFamily.EXTENTS);
      for (RunPiece.DeletedRange range : ranges) {
        writer.addDeletedRange(range.from(), range.to());
      }
      for (Map.Entry<byte[], Optional<byte[]>> row : rows.entrySet()) {
        writer.add(row.getKey(), row.getValue().orElse(null));
      }
      long length = writer.end(oldest, newest);
      if (length != out.size()) {
        throw new IOException(length + " is not the length " + out.size());
      }
      return out.toByteArray();
    }

    RunPiece piece(long oldest, long newest) throws IOException {
      return new RunPiece(new RunBytes(encode(oldest, newest)));
    }
  }
}
