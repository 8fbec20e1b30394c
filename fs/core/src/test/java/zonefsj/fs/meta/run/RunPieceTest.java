// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import zonefsj.fs.meta.ColumnFamily;

class RunPieceTest {
  private static final int PIECES = 60;
  private static final int ROWS = 3000;
  private static final int DAMAGES = 40;
  private static final byte[] NONE = {};

  /** The seed of the run, printed where it matters. */
  private final long seed = System.nanoTime();

  private final SplittableRandom random = new SplittableRandom(seed);

  @Test
  void theRowsAreReadFromAnyKeyOn() throws IOException {
    for (int number = 0; number < PIECES; number++) {
      RunBytes.Changes changes = RunBytes.Changes.random(random, ROWS);
      RunPiece piece = changes.piece(number, number + 1);
      assertThat(piece.family()).isEqualTo(ColumnFamily.EXTENTS);
      assertThat(piece.oldestSequence()).isEqualTo(number);
      assertThat(piece.newestSequence()).isEqualTo(number + 1);
      assertThat(piece.rows()).isEqualTo(changes.rows().size());
      assertThat(piece.deletedKeys())
          .isEqualTo((int) changes.rows().values().stream().filter(Optional::isEmpty).count());
      assertThat(piece.deletedRanges()).hasSameSizeAs(changes.ranges());
      assertRows(piece, NONE, changes.rows());
      byte[] from = RunBytes.randomBytes(random, 6);
      assertRows(piece, from, changes.rows().tailMap(from, true));
      assertThat(piece.hides(from))
          .isEqualTo(changes.ranges().stream().anyMatch(range -> range.contains(from)));
    }
  }

  private void assertRows(
      RunPiece piece, byte[] from, NavigableMap<byte[], Optional<byte[]>> wanted)
      throws IOException {
    RunPiece.Rows rows = piece.rows(from);
    Iterator<Map.Entry<byte[], Optional<byte[]>>> next = wanted.entrySet().iterator();
    while (rows.next()) {
      Map.Entry<byte[], Optional<byte[]>> row = next.next();
      assertThat(rows.key()).as("seed %d", seed).isEqualTo(row.getKey());
      assertThat(rows.value()).as("seed %d", seed).isEqualTo(row.getValue().orElse(null));
    }
    assertThat(next.hasNext()).as("seed %d", seed).isFalse();
  }

  /** The format: a change of these bytes is a new format. */
  @Test
  void theBytesAreThoseOfTheFormat() throws IOException {
    RunBytes.Changes changes =
        new RunBytes.Changes(
            RunBytes.sorted(),
            List.of(new RunPiece.DeletedRange(new byte[] {1}, new byte[] {2, 3})));
    changes.rows().put(new byte[] {7, 8}, Optional.of(new byte[] {9}));
    changes.rows().put(new byte[] {7, 8, 9}, Optional.empty());
    assertThat(HexFormat.of().formatHex(changes.encode(0x11, 0x22)))
        .isEqualTo(
            "000002070801090102010932031100010012220700f00800020101010102"
                + "0203010207080b0be4204818030708092300000027000000cf233fbc0000"
                + "00005a4a52554e2d31001bbb93bb");
  }

  @Test
  void damageIsAnErrorAndNeverAnotherRow() throws IOException {
    for (int number = 0; number < PIECES; number++) {
      byte[] whole = RunBytes.Changes.random(random, ROWS / 10).encode(1, 2);
      for (int damage = 0; damage < DAMAGES; damage++) {
        byte[] damaged = Arrays.copyOf(whole, whole.length);
        int changes = 1 + random.nextInt(3);
        for (int change = 0; change < changes; change++) {
          damaged[random.nextInt(whole.length)] = (byte) random.nextInt(256);
        }
        byte[] bytes =
            random.nextInt(5) == 0 ? Arrays.copyOf(damaged, random.nextInt(whole.length)) : damaged;
        if (!Arrays.equals(bytes, whole)) {
          assertThatThrownBy(() -> readAll(bytes))
              .as("seed %d", seed)
              .isInstanceOf(IOException.class);
        }
      }
    }
  }

  private static void readAll(byte[] bytes) throws IOException {
    RunPiece.Rows rows = new RunPiece(new RunBytes(bytes)).rows(NONE);
    while (rows.next()) {
      assertThat(rows.key()).isNotNull();
    }
  }

  @Test
  void rowsAndRangesAreTakenInOrderOnly() throws IOException {
    RunPieceWriter writer = new RunPieceWriter(new ByteArrayOutputStream(), ColumnFamily.INODES);
    assertThat(writer.isEmpty()).isTrue();
    writer.add(new byte[] {5}, NONE);
    writer.addDeletedRange(new byte[] {5}, new byte[] {6});
    assertThat(writer.isEmpty()).isFalse();
    assertThatThrownBy(() -> writer.add(new byte[] {5}, null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> writer.addDeletedRange(new byte[] {6}, new byte[] {7}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> writer.addDeletedRange(new byte[] {8}, new byte[] {8}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
