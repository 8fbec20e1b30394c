// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.stores.FilterStore;
import zonefsj.stores.ObjectMissingException;

class ObjectLinesTest {
  private static final int MIB = ObjectLines.LINE_BYTES;
  private static final ObjectId OBJECT = new ObjectId(1, 1);
  private static final ObjectId OTHER = new ObjectId(1, 2);
  private static final ObjectId MISSING = new ObjectId(1, 3);
  private static final Piece PIECE = new Piece(0, 8 * MIB, OBJECT, 0);
  private static final Piece OTHER_PIECE = new Piece(0, 8 * MIB, OTHER, 0);

  private final AtomicInteger reads = new AtomicInteger();
  private final Counting store = new Counting();

  private final class Counting extends FilterStore {
    boolean away;

    Counting() {
      super(new MemoryObjectStore(8 * MIB));
    }

    @Override
    public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
      reads.incrementAndGet();
      if (away) {
        throw new IOException("away");
      }
      super.read(name, offsetBytes, destination);
    }

    @Override
    protected <T> T around(Request<T> request) throws IOException {
      return request.run();
    }
  }

  @BeforeEach
  void put() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 * MIB);
    for (int at = 0; at < bytes.capacity(); at++) {
      bytes.put(at, (byte) (at >> 12));
    }
    store.putOwn(OBJECT.name(), bytes);
    store.putOwn(OTHER.name(), bytes);
  }

  private ObjectLines lines(int budget) {
    return new ObjectLines(store, StoreThreads.none(), budget);
  }

  private static boolean fetch(ObjectLines lines, Piece piece, int line) {
    return lines.fetch(piece.object(), (long) line * MIB, (line + 1L) * MIB);
  }

  private static int copied(ObjectLines lines, Piece piece, long from, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    int copied = lines.copy(piece, from, bytes);
    for (int at = 0; at < copied; at++) {
      assertThat(bytes.get(at)).isEqualTo((byte) ((from + at) >> 12));
    }
    return copied;
  }

  @Test
  void whatIsThereIsNotFetchedAgain() throws IOException {
    ObjectLines lines = lines(4 * MIB);
    assertThat(fetch(lines, PIECE, 1)).isTrue();
    assertThat(fetch(lines, PIECE, 1)).isTrue();
    assertThat(reads.get()).isEqualTo(1);
    assertThat(copied(lines, PIECE, MIB + 5, 100)).isEqualTo(100);
    assertThat(copied(lines, PIECE, 2 * MIB - 5, 100)).isEqualTo(5);
    assertThat(copied(lines, PIECE, 0, 100)).isZero();
    assertThat(copied(lines, PIECE, 2 * MIB, 100)).isZero();
    assertThat(copied(lines, OTHER_PIECE, MIB, 100)).isZero();
  }

  /** Zones whose bytes stand in one entry of the log have such. */
  @Test
  void severalPiecesOfAnObjectHaveLinesOfTheirOwn() throws IOException {
    Piece first = new Piece(0, 5000, OBJECT, 100);
    Piece second = new Piece(0, 7000, OBJECT, 5100);
    ObjectLines lines = lines(4 * MIB);
    assertThat(lines.fetch(OBJECT, ObjectLines.beginOf(3000, first), 5100)).isTrue();
    assertThat(lines.fetch(OBJECT, ObjectLines.beginOf(6000, second), 12_100)).isTrue();
    assertThat(copied(lines, first, 100, 9000)).isEqualTo(5000);
    assertThat(copied(lines, second, 5100, 9000)).isEqualTo(7000);
    assertThat(reads.get()).isEqualTo(2);
  }

  @Test
  void whatWasReadGivesWayFirst() throws IOException {
    ObjectLines lines = lines(3 * MIB);
    fetch(lines, PIECE, 0);
    fetch(lines, OTHER_PIECE, 0);
    fetch(lines, OTHER_PIECE, 1);
    assertThat(copied(lines, OTHER_PIECE, MIB, MIB)).isEqualTo(MIB);
    assertThat(fetch(lines, OTHER_PIECE, 2)).isTrue();
    assertThat(copied(lines, PIECE, 0, 10)).isEqualTo(10);
    assertThat(copied(lines, OTHER_PIECE, MIB, 10)).isZero();
    // Then what was used longest ago.
    assertThat(fetch(lines, OTHER_PIECE, 3)).isTrue();
    assertThat(copied(lines, OTHER_PIECE, 0, 10)).isZero();
    assertThat(copied(lines, PIECE, 0, 10)).isEqualTo(10);
  }

  @Test
  void theBudgetIsKept() {
    assertThat(fetch(lines(MIB - 1), PIECE, 0)).isFalse();
    assertThat(reads.get()).isZero();
  }

  @Test
  void fewAreUnderWay() {
    int begun = 0;
    try (StoreThreads threads = StoreThreads.of(1)) {
      ObjectLines lines = new ObjectLines(store, threads, 100 * MIB);
      synchronized (lines) {
        // Their end is waited for by those that are fetched.
        for (int line = 0; line < 8; line++) {
          begun += fetch(lines, PIECE, line) ? 1 : 0;
        }
      }
    }
    assertThat(begun).isEqualTo(ObjectLines.MOST_UNDER_WAY);
  }

  @Test
  void aStoreThatIsAwayIsToldOf() throws IOException {
    ObjectLines lines = lines(4 * MIB);
    store.away = true;
    fetch(lines, PIECE, 0);
    store.away = false;
    assertThat(copied(lines, PIECE, 0, 10)).isZero();
    fetch(lines, PIECE, 0);
    assertThat(copied(lines, PIECE, 0, 10)).isEqualTo(10);
  }

  /** Whoever needs it hears of it from the store. */
  @Test
  void whatIsMissingIsAskedForOnce() throws IOException {
    Piece missing = new Piece(0, MIB, MISSING, 0);
    ObjectLines lines = lines(2 * MIB);
    for (int time = 0; time < 5; time++) {
      assertThat(fetch(lines, missing, 0)).isTrue();
      assertThat(copied(lines, missing, 0, 10)).isZero();
    }
    assertThat(reads.get()).isEqualTo(1);
    assertThatThrownBy(() -> store.read(MISSING.name(), 0, ByteBuffer.allocate(1)))
        .isInstanceOf(ObjectMissingException.class);
    // It takes nothing of the budget.
    fetch(lines, PIECE, 0);
    fetch(lines, PIECE, 1);
    assertThat(copied(lines, PIECE, 0, 10)).isEqualTo(10);
    assertThat(copied(lines, PIECE, MIB, 10)).isEqualTo(10);
  }

  @Test
  void nothingIsFetchedAfterTheEnd() throws IOException {
    ObjectLines lines = lines(4 * MIB);
    fetch(lines, PIECE, 0);
    lines.stop();
    assertThat(fetch(lines, PIECE, 1)).isFalse();
    assertThat(copied(lines, PIECE, 0, 10)).isZero();
    assertThat(reads.get()).isEqualTo(1);
  }
}
