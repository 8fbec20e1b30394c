// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a file holds, by pieces of {@link Pattern}s; what no piece covers is a hole, zeros. Not
 * thread-safe.
 */
final class FileModel {
  private final TreeMap<Long, Piece> pieces;
  private long size;
  private long dataBytes;

  /** Bytes of a file: from where in which pattern. */
  private record Piece(long length, long seed, long patternAt) {}

  FileModel() {
    pieces = new TreeMap<>();
  }

  private FileModel(FileModel other) {
    pieces = new TreeMap<>(other.pieces);
    size = other.size;
    dataBytes = other.dataBytes;
  }

  FileModel copy() {
    return new FileModel(this);
  }

  long size() {
    return size;
  }

  /** Bytes that are no hole. */
  long dataBytes() {
    return dataBytes;
  }

  /** Whether a range has no hole. */
  boolean isAllocated(long offset, long length) {
    long at = offset;
    while (at < offset + length) {
      Map.Entry<Long, Piece> entry = pieces.floorEntry(at);
      if (entry == null || entry.getKey() + entry.getValue().length <= at) {
        return false;
      }
      at = entry.getKey() + entry.getValue().length;
    }
    return true;
  }

  /** Writes a pattern; the place in it is the place in the file. */
  void write(long offset, long length, long seed) {
    clear(offset, length);
    put(offset, new Piece(length, seed, offset));
    size = Math.max(size, offset + length);
  }

  void truncate(long newSize) {
    if (newSize < size) {
      clear(newSize, size - newSize);
    }
    size = newSize;
  }

  /** Makes a hole; the size stays. */
  void punch(long offset, long length) {
    clear(offset, length);
  }

  /** Copies a range of a file, holes and all; of the same file, the ranges must not overlap. */
  void copyFrom(FileModel source, long from, long to, long length) {
    TreeMap<Long, Piece> copied = new TreeMap<>();
    long at = from;
    while (at < from + length) {
      Map.Entry<Long, Piece> entry = source.pieceAtOrAfter(at);
      if (entry == null || entry.getKey() >= from + length) {
        break;
      }
      long begin = Math.max(at, entry.getKey());
      Piece piece = entry.getValue();
      long end = Math.min(from + length, entry.getKey() + piece.length);
      copied.put(
          begin - from + to,
          new Piece(end - begin, piece.seed, piece.patternAt + begin - entry.getKey()));
      at = end;
    }
    clear(to, length);
    copied.forEach(this::put);
    size = Math.max(size, to + length);
  }

  private Map.@Nullable Entry<Long, Piece> pieceAtOrAfter(long at) {
    Map.Entry<Long, Piece> entry = pieces.floorEntry(at);
    return entry != null && entry.getKey() + entry.getValue().length > at
        ? entry
        : pieces.higherEntry(at);
  }

  private void put(long offset, Piece piece) {
    pieces.put(offset, piece);
    dataBytes += piece.length;
  }

  private void clear(long offset, long length) {
    long end = offset + length;
    Map.Entry<Long, Piece> entry = pieceAtOrAfter(offset);
    while (entry != null && entry.getKey() < end) {
      long begin = entry.getKey();
      Piece piece = entry.getValue();
      pieces.remove(begin);
      dataBytes -= piece.length;
      if (begin < offset) {
        put(begin, new Piece(offset - begin, piece.seed, piece.patternAt));
      }
      long pieceEnd = begin + piece.length;
      if (pieceEnd > end) {
        put(end, new Piece(pieceEnd - end, piece.seed, piece.patternAt + end - begin));
      }
      entry = pieceAtOrAfter(Math.min(end, pieceEnd));
    }
  }

  /**
   * Fills a buffer with what a read from {@code offset} must show; the range is within the size.
   */
  void fill(ByteBuffer target, long offset) {
    int limit = target.limit();
    int start = target.position();
    long end = offset + target.remaining();
    long at = offset;
    while (at < end) {
      Map.Entry<Long, Piece> entry = pieceAtOrAfter(at);
      long begin = entry == null ? end : Math.min(end, Math.max(at, entry.getKey()));
      while (at < begin) {
        target.put((byte) 0);
        at++;
      }
      if (entry != null && at < end) {
        Piece piece = entry.getValue();
        long pieceEnd = Math.min(end, entry.getKey() + piece.length);
        target.limit(start + (int) (pieceEnd - offset));
        Pattern.fill(target, piece.seed, piece.patternAt + at - entry.getKey());
        target.limit(limit);
        at = pieceEnd;
      }
    }
  }

  /** Number of pieces. */
  int pieces() {
    return pieces.size();
  }
}
