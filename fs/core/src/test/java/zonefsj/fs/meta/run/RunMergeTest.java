// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RunMergeTest {
  private static final int HISTORIES = 150;
  private static final int ROWS = 400;
  private static final byte[] NONE = {};

  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);

  @Test
  void manyRunsAreAsTheirChangesOneAfterTheOther() throws IOException {
    for (int history = 0; history < HISTORIES; history++) {
      NavigableMap<byte[], byte[]> state = RunBytes.sorted();
      List<RunPiece> newestFirst = new ArrayList<>();
      int runs = random.nextInt(6);
      for (int run = 0; run < runs; run++) {
        RunBytes.Changes changes = RunBytes.Changes.random(random, ROWS);
        changes.applyTo(state);
        newestFirst.add(0, changes.piece(run, run));
      }
      byte[] from = random.nextBoolean() ? NONE : RunBytes.randomBytes(random, 6);
      assertState(new RunMerge(newestFirst, from, false), state.tailMap(from, true));
    }
  }

  private void assertState(RunMerge merge, NavigableMap<byte[], byte[]> wanted) throws IOException {
    Iterator<Map.Entry<byte[], byte[]>> next = wanted.entrySet().iterator();
    while (merge.next()) {
      Map.Entry<byte[], byte[]> row = next.next();
      assertThat(merge.key()).as("seed %d", seed).isEqualTo(row.getKey());
      assertThat(merge.value()).as("seed %d", seed).isEqualTo(row.getValue());
    }
    assertThat(next.hasNext()).as("seed %d", seed).isFalse();
  }

  /** A merge of some runs hides what lies in older ones as they did. */
  @Test
  void whatIsDeletedStaysDeletedAboveOlderRuns() throws IOException {
    for (int history = 0; history < HISTORIES; history++) {
      NavigableMap<byte[], byte[]> state = RunBytes.sorted();
      List<RunPiece> all = new ArrayList<>();
      for (int run = 0; run < 4; run++) {
        RunBytes.Changes changes = RunBytes.Changes.random(random, ROWS);
        // The ranges of a merge are those of its runs, which the caller joins.
        RunBytes.Changes points = new RunBytes.Changes(changes.rows(), List.of());
        points.applyTo(state);
        all.add(0, points.piece(run, run));
      }
      RunBytes.Changes merged = new RunBytes.Changes(RunBytes.sorted(), List.of());
      RunMerge newer = new RunMerge(all.subList(0, 2), NONE, true);
      while (newer.next()) {
        merged.rows().put(newer.key(), Optional.ofNullable(newer.value()));
      }
      List<RunPiece> fewer = new ArrayList<>(all.subList(2, 4));
      fewer.add(0, merged.piece(2, 3));
      assertState(new RunMerge(fewer, NONE, false), state);
    }
  }
}
