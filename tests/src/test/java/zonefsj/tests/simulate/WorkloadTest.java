// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Blocks are drawn as a workload says. */
class WorkloadTest {
  private static final int BLOCKS = 10_000;
  private static final int DRAWN = 400_000;

  private static int[] counts(Workload workload) {
    int[] batch = new int[DRAWN];
    workload.draw(new SplittableRandom(5), BLOCKS, batch);
    int[] counts = new int[BLOCKS];
    Arrays.stream(batch).forEach(block -> counts[block]++);
    return Arrays.stream(counts).map(count -> -count).sorted().map(count -> -count).toArray();
  }

  private static double share(int[] counts, int first) {
    return Arrays.stream(counts, 0, first).sum() / (double) DRAWN;
  }

  @Test
  void aShareOfTheWritesGoesToAShareOfTheData() {
    assertThat(share(counts(new Workload.Skewed(0.9, 0.1)), BLOCKS / 10))
        .isCloseTo(0.9, within(0.01));
  }

  /** The sums of 1/r^0.99 to 1, 10 and 1000, of the sum to 10,000. */
  @Test
  void zipfIsAsItsExponentSays() {
    int[] counts = counts(new Workload.Zipf(0.99));
    double all = sum(BLOCKS);
    for (int first : new int[] {1, 2, 10, 1000}) {
      assertThat(share(counts, first))
          .as("first %s", first)
          .isCloseTo(sum(first) / all, within(0.03));
    }
  }

  private static double sum(int ranks) {
    double sum = 0;
    for (int rank = 1; rank <= ranks; rank++) {
      sum += Math.pow(rank, -0.99);
    }
    return sum;
  }

  @Test
  void aTraceIsRepeated() {
    int[] batch = new int[8];
    Workload trace = new Workload.Trace(List.of("8192 8192", "", "4096 100", "40960001 4096"));
    trace.draw(new SplittableRandom(1), BLOCKS, batch);
    assertThat(batch).containsExactly(2, 3, 1, 0, 1, 2, 3, 1);
  }

  @Test
  void aTraceThatIsNoneIsRefused() {
    assertThatThrownBy(() -> new Workload.Trace(List.of("1 2 3"))).hasMessageContaining("1 2 3");
    assertThatThrownBy(() -> new Workload.Trace(List.of(" "))).hasMessageContaining("no writes");
  }
}
