// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.simulate;

import java.util.Locale;
import java.util.SplittableRandom;
import zonefsj.gc.AmplificationBounds;

/** Which blocks are overwritten. */
sealed interface Workload {
  /** What theory says of it; NaN if it says nothing. */
  double bound(double utilization);

  /**
   * Draws the blocks of one batch.
   *
   * @param blocks number of blocks of data
   * @param batch receives block numbers; some may be equal
   */
  void draw(SplittableRandom random, int blocks, int[] batch);

  /** Every block is as likely as any other. */
  record Uniform() implements Workload {
    @Override
    public double bound(double utilization) {
      return AmplificationBounds.uniform(utilization);
    }

    @Override
    public void draw(SplittableRandom random, int blocks, int[] batch) {
      for (int at = 0; at < batch.length; at++) {
        batch[at] = random.nextInt(blocks);
      }
    }

    @Override
    public String toString() {
      return "uniform";
    }
  }

  /**
   * A share of the writes goes to a share of the data, uniformly in each.
   *
   * @param hotWrites share of the writes, 0 to 1
   * @param hotData share of the data, 0 to 1; the hot blocks are spread over all
   */
  record Skewed(double hotWrites, double hotData) implements Workload {
    /** Prime, so that neighbours are not hot together and every block is met once. */
    private static final long STRIDE = 1_000_003;

    @Override
    public double bound(double utilization) {
      return AmplificationBounds.splitPools(utilization, hotWrites, hotData);
    }

    @Override
    public void draw(SplittableRandom random, int blocks, int[] batch) {
      int hot = Math.max(1, (int) (blocks * hotData));
      for (int at = 0; at < batch.length; at++) {
        int rank =
            random.nextDouble() < hotWrites
                ? random.nextInt(hot)
                : hot + random.nextInt(blocks - hot);
        batch[at] = (int) (rank * STRIDE % blocks);
      }
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%d/%d", Math.round(hotWrites * 100), Math.round(hotData * 100));
    }
  }

  /** Large files are overwritten from the first block to the last, again and again. */
  final class Sequential implements Workload {
    private int next;

    @Override
    public double bound(double utilization) {
      return 1;
    }

    @Override
    public void draw(SplittableRandom random, int blocks, int[] batch) {
      for (int at = 0; at < batch.length; at++) {
        batch[at] = next;
        next = (next + 1) % blocks;
      }
    }

    @Override
    public String toString() {
      return "sequential";
    }
  }
}
