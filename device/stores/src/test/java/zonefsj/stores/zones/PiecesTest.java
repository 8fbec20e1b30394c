// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Pieces are what a list of them would be; a seed decides. */
class PiecesTest {
  private static final int ROUNDS = 20_000;

  private static Piece piece(long offset, SplittableRandom random) {
    return new Piece(
        offset,
        1 + random.nextInt(5),
        new ObjectId(random.nextInt(3), random.nextInt(4)),
        random.nextInt(100));
  }

  private static List<Piece> list(long start, SplittableRandom random) {
    List<Piece> pieces = new ArrayList<>();
    long end = start;
    for (int left = random.nextInt(12); left > 0; left--) {
      pieces.add(piece(end, random));
      end = pieces.get(pieces.size() - 1).endBytes();
    }
    return pieces;
  }

  private static List<Piece> listOf(Pieces pieces) {
    List<Piece> list = new ArrayList<>();
    pieces.forEach(list::add);
    return list;
  }

  @Test
  void theyAreAsAList() throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < ROUNDS; round++) {
      List<Piece> list = list(0, random);
      Pieces pieces = Pieces.of(list);
      long end = list.isEmpty() ? 0 : list.get(list.size() - 1).endBytes();
      assertThat(listOf(pieces)).isEqualTo(list);
      assertThat(pieces.count()).isEqualTo(list.size());
      assertThat(pieces.endBytes()).isEqualTo(end);
      int split = random.nextInt(list.size() + 1);
      assertThat(listOf(pieces.first(split))).isEqualTo(list.subList(0, split));
      assertThat(listOf(pieces.after(split))).isEqualTo(list.subList(split, list.size()));
      assertThat(pieces.first(split).plus(pieces.after(split))).isEqualTo(pieces);
      ByteBuffer bytes = ByteBuffer.allocate(list.size() * Piece.BYTES);
      pieces.encode(bytes);
      assertThat(bytes.hasRemaining()).isFalse();
      assertThat(Pieces.decode(list.size(), bytes.flip())).isEqualTo(pieces);
      for (long offset = -1; offset <= end; offset++) {
        int at = pieces.indexOf(offset);
        if (offset < 0 || offset == end) {
          assertThat(at).isEqualTo(-1);
        } else {
          assertThat(offset).isBetween(list.get(at).offsetBytes(), list.get(at).endBytes() - 1);
        }
        List<Piece> cut = new ArrayList<>();
        for (Piece one : list) {
          if (one.offsetBytes() < offset) {
            long length = Math.min(one.lengthBytes(), offset - one.offsetBytes());
            cut.add(new Piece(one.offsetBytes(), length, one.object(), one.objectOffsetBytes()));
          }
        }
        assertThat(listOf(pieces.cut(offset))).isEqualTo(cut);
      }
    }
  }

  @Test
  void whatTheyHaveInCommonIsWhatBothBeginWith() {
    SplittableRandom random = new SplittableRandom(2);
    for (int round = 0; round < ROUNDS; round++) {
      List<Piece> list = list(0, random);
      List<Piece> other = new ArrayList<>(list.subList(0, random.nextInt(list.size() + 1)));
      int common = other.size();
      long end = common == 0 ? 0 : other.get(common - 1).endBytes();
      for (Piece one : list(end, random)) {
        if (other.size() == common && common < list.size() && one.equals(list.get(common))) {
          break;
        }
        other.add(one);
      }
      assertThat(Pieces.of(list).commonWith(Pieces.of(other))).isEqualTo(common);
      assertThat(Pieces.of(other).commonWith(Pieces.of(list))).isEqualTo(common);
    }
  }

  @Test
  void oneObjectTakesThePlaceOfSome() {
    SplittableRandom random = new SplittableRandom(3);
    ObjectId object = new ObjectId(9, 9);
    for (int round = 0; round < ROUNDS; round++) {
      List<Piece> list = list(0, random);
      if (list.isEmpty()) {
        continue;
      }
      int from = random.nextInt(list.size());
      int to = from + 1 + random.nextInt(list.size() - from);
      List<Piece> expected = new ArrayList<>(list.subList(0, from));
      long begin = list.get(from).offsetBytes();
      expected.add(new Piece(begin, list.get(to - 1).endBytes() - begin, object, 0));
      expected.addAll(list.subList(to, list.size()));
      Pieces pieces = Pieces.of(list);
      assertThat(listOf(pieces.replace(from, to, object))).isEqualTo(expected);
      assertThat(listOf(pieces)).isEqualTo(list);
      ObjectId moved = list.get(from).object();
      assertThat(listOf(pieces.moved(moved, 7)))
          .isEqualTo(
              list.stream()
                  .map(
                      one ->
                          one.object().equals(moved)
                              ? new Piece(
                                  one.offsetBytes(),
                                  one.lengthBytes(),
                                  moved,
                                  one.objectOffsetBytes() + 7)
                              : one)
                  .toList());
    }
  }

  @Test
  void theLongestRunIsFound() {
    SplittableRandom random = new SplittableRandom(4);
    for (int round = 0; round < ROUNDS; round++) {
      List<Piece> list = list(0, random);
      int small = 2 + random.nextInt(5);
      int most = small + random.nextInt(12);
      int best = 0;
      for (int from = 0; from < list.size(); from++) {
        long length = 0;
        for (int to = from; to < list.size() && list.get(to).lengthBytes() < small; to++) {
          length += list.get(to).lengthBytes();
          if (length <= most) {
            best = Math.max(best, to + 1 - from);
          }
        }
      }
      Pieces.Run run = Pieces.of(list).longestRun(small, most, Set.of());
      assertThat(run.to() - run.from()).isEqualTo(best);
      List<Piece> found = list.subList(run.from(), run.to());
      assertThat(found).allMatch(one -> one.lengthBytes() < small);
      assertThat(found.stream().mapToLong(Piece::lengthBytes).sum()).isLessThanOrEqualTo(most);
    }
  }

  @Test
  void theyHaveNoGaps() {
    Piece first = new Piece(0, 2, new ObjectId(1, 1), 0);
    Piece apart = new Piece(3, 2, new ObjectId(1, 1), 0);
    assertThatThrownBy(() -> Pieces.of(List.of(first, apart)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Pieces.of(List.of(first)).plus(Pieces.of(List.of(apart))))
        .isInstanceOf(IllegalArgumentException.class);
    ByteBuffer bytes = ByteBuffer.allocate(2 * Piece.BYTES);
    Pieces.of(List.of(first)).encode(bytes);
    Pieces.of(List.of(apart)).encode(bytes);
    assertThatThrownBy(() -> Pieces.decode(2, bytes.flip()))
        .isInstanceOf(StoreFormatException.class)
        .hasMessageContaining("a gap at 2");
  }
}
