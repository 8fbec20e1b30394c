// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Pieces of a zone, one after the other without gaps. Immutable. Takes 32 bytes for each piece, and
 * 50.
 */
final class Pieces {
  /** No pieces of an empty zone. */
  static final Pieces NONE = new Pieces(0, new long[0]);

  /** Of each piece: where it ends in the zone; epoch and number of its object; offset there. */
  private static final int WORDS = 4;

  private static final int EPOCH = 1;
  private static final int NUMBER = 2;
  private static final int OFFSET = 3;

  private final long startBytes;
  private final long[] words;

  private Pieces(long startBytes, long[] words) {
    this.startBytes = startBytes;
    this.words = words;
  }

  /** Pieces that follow each other. */
  static Pieces of(List<Piece> pieces) {
    if (pieces.isEmpty()) {
      return NONE;
    }
    long[] words = new long[pieces.size() * WORDS];
    long end = pieces.get(0).offsetBytes();
    int at = 0;
    for (Piece piece : pieces) {
      if (piece.offsetBytes() != end) {
        throw new IllegalArgumentException("a gap at " + end);
      }
      end = piece.endBytes();
      words[at++] = end;
      words[at++] = piece.object().epoch();
      words[at++] = piece.object().number();
      words[at++] = piece.objectOffsetBytes();
    }
    return new Pieces(pieces.get(0).offsetBytes(), words);
  }

  /**
   * Reads what {@link #encode} has written.
   *
   * @param count as many are there
   * @throws StoreFormatException if they have gaps, or an impossible length
   */
  static Pieces decode(int count, ByteBuffer in) throws StoreFormatException {
    if (count == 0) {
      return NONE;
    }
    long[] words = new long[Math.multiplyExact(count, WORDS)];
    long start = in.getLong(in.position());
    long end = start;
    for (int at = 0; at < words.length; at += WORDS) {
      long offset = in.getLong();
      long length = in.getLong();
      if (offset != end || offset < 0 || length <= 0 || length > Long.MAX_VALUE - offset) {
        throw new StoreFormatException("a zone has a gap at " + end);
      }
      end = offset + length;
      words[at] = end;
      words[at + EPOCH] = in.getLong();
      words[at + NUMBER] = in.getLong();
      words[at + OFFSET] = in.getLong();
    }
    return new Pieces(start, words);
  }

  /** Writes 40 bytes for each piece. */
  void encode(ByteBuffer out) {
    for (int at = 0; at < count(); at++) {
      out.putLong(offsetBytes(at)).putLong(lengthBytes(at));
      out.putLong(word(at, EPOCH)).putLong(word(at, NUMBER)).putLong(word(at, OFFSET));
    }
  }

  int count() {
    return words.length / WORDS;
  }

  boolean isEmpty() {
    return words.length == 0;
  }

  private long word(int piece, int word) {
    return words[piece * WORDS + word];
  }

  /** Where a piece begins in the zone; of the number of pieces: where the last one ends. */
  long offsetBytes(int piece) {
    return piece == 0 ? startBytes : word(piece - 1, 0);
  }

  long lengthBytes(int piece) {
    return word(piece, 0) - offsetBytes(piece);
  }

  long objectOffsetBytes(int piece) {
    return word(piece, OFFSET);
  }

  /** Where the first one begins in the zone; 0 if there is none. */
  long startBytes() {
    return startBytes;
  }

  /** Where the last one ends in the zone; 0 if there is none. */
  long endBytes() {
    return offsetBytes(count());
  }

  Piece get(int piece) {
    return new Piece(offsetBytes(piece), lengthBytes(piece), object(piece), word(piece, OFFSET));
  }

  ObjectId object(int piece) {
    return new ObjectId(word(piece, EPOCH), word(piece, NUMBER));
  }

  void forEach(Consumer<Piece> consumer) {
    for (int at = 0; at < count(); at++) {
      consumer.accept(get(at));
    }
  }

  /** The piece in which an offset of the zone is; -1 if there is none. */
  int indexOf(long offsetBytes) {
    if (offsetBytes < startBytes || offsetBytes >= endBytes()) {
      return -1;
    }
    int low = 0;
    int high = count() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offsetBytes < word(middle, 0)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Number of pieces with which both begin. */
  int commonWith(Pieces other) {
    if (startBytes != other.startBytes) {
      return 0;
    }
    int different = Arrays.mismatch(words, other.words);
    return (different < 0 ? words.length : different) / WORDS;
  }

  private Pieces slice(int from, int to) {
    return from == to
        ? NONE
        : new Pieces(offsetBytes(from), Arrays.copyOfRange(words, from * WORDS, to * WORDS));
  }

  /** The first ones. */
  Pieces first(int count) {
    return count == count() ? this : slice(0, count);
  }

  /** All but the first ones. */
  Pieces after(int count) {
    return count == 0 ? this : slice(count, count());
  }

  /** These, and others that follow them. */
  Pieces plus(Pieces next) {
    if (isEmpty()) {
      return next;
    }
    if (next.isEmpty()) {
      return this;
    }
    if (next.startBytes != endBytes()) {
      throw new IllegalArgumentException("a gap at " + endBytes());
    }
    long[] all = Arrays.copyOf(words, words.length + next.words.length);
    System.arraycopy(next.words, 0, all, words.length, next.words.length);
    return new Pieces(startBytes, all);
  }

  /** The same up to an offset of the zone. */
  Pieces cut(long endBytes) {
    if (endBytes >= endBytes()) {
      return this;
    }
    int last = indexOf(endBytes);
    if (last < 0) {
      return NONE;
    }
    if (offsetBytes(last) == endBytes) {
      return first(last);
    }
    Pieces cut = slice(0, last + 1);
    cut.words[last * WORDS] = endBytes;
    return cut;
  }

  /**
   * The same with one object in the place of some.
   *
   * @param to the first one that stays after them
   */
  Pieces replace(int from, int to, ObjectId object) {
    Piece whole = new Piece(offsetBytes(from), offsetBytes(to) - offsetBytes(from), object, 0);
    return first(from).plus(of(List.of(whole))).plus(after(to));
  }

  /** The same with other offsets in one object. */
  Pieces moved(ObjectId object, long byBytes) {
    long[] moved = words.clone();
    for (int at = 0; at < moved.length; at += WORDS) {
      if (moved[at + EPOCH] == object.epoch() && moved[at + NUMBER] == object.number()) {
        moved[at + OFFSET] += byBytes;
      }
    }
    return new Pieces(startBytes, moved);
  }

  /**
   * The longest run of small pieces that are at most so long together.
   *
   * @param excluded objects of pieces that are in no run
   */
  Run longestRun(long smallBytes, long mostBytes, Set<ObjectId> excluded) {
    int bestFrom = 0;
    int bestTo = 0;
    int from = 0;
    for (int at = 0; at < count(); at++) {
      if (lengthBytes(at) >= smallBytes || (!excluded.isEmpty() && excluded.contains(object(at)))) {
        from = at + 1;
        continue;
      }
      while (offsetBytes(at + 1) - offsetBytes(from) > mostBytes) {
        from++;
      }
      if (at + 1 - from > bestTo - bestFrom) {
        bestFrom = from;
        bestTo = at + 1;
      }
    }
    return new Run(bestFrom, bestTo);
  }

  /**
   * Some pieces.
   *
   * @param to the first one after them
   */
  record Run(int from, int to) {}

  @Override
  public boolean equals(Object other) {
    return other instanceof Pieces pieces
        && startBytes == pieces.startBytes
        && Arrays.equals(words, pieces.words);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(words);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    forEach(piece -> text.append(piece).append('\n'));
    return text.toString();
  }
}
