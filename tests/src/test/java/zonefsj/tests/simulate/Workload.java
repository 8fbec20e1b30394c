// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.simulate;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import zonefsj.gc.AmplificationBounds;

/** Which blocks are overwritten. */
public sealed interface Workload {
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

  /**
   * The block of rank r is overwritten in proportion to 1/r^exponent. Source of the generator: Gray
   * et al., "Quickly generating billion-record synthetic databases", SIGMOD 1994.
   */
  final class Zipf implements Workload {
    private final double exponent;

    /** Number of blocks of the following values, which are costly. */
    private int blocksOf;

    private double zeta;
    private double eta;

    /**
     * @param exponent above 0, below 1
     */
    Zipf(double exponent) {
      this.exponent = exponent;
    }

    @Override
    public double bound(double utilization) {
      return Double.NaN;
    }

    @Override
    public void draw(SplittableRandom random, int blocks, int[] batch) {
      if (blocks != blocksOf) {
        blocksOf = blocks;
        zeta = zeta(blocks);
        eta = (1 - Math.pow(2.0 / blocks, 1 - exponent)) / (1 - zeta(2) / zeta);
      }
      for (int at = 0; at < batch.length; at++) {
        batch[at] = (int) (rank(random.nextDouble(), blocks) * Skewed.STRIDE % blocks);
      }
    }

    private double zeta(int count) {
      double sum = 0;
      for (int rank = 1; rank <= count; rank++) {
        sum += Math.pow(rank, -exponent);
      }
      return sum;
    }

    private long rank(double uniform, int blocks) {
      double share = uniform * zeta;
      if (share < 1) {
        return 0;
      }
      if (share < zeta(2)) {
        return 1;
      }
      double rank = blocks * Math.pow(eta * uniform - eta + 1, 1 / (1 - exponent));
      return Math.min(blocks - 1, (long) rank);
    }

    @Override
    public String toString() {
      return "zipf";
    }
  }

  /**
   * The writes of a recorded trace, again and again. Offsets beyond the data begin anew at 0, so
   * that one trace fits all utilizations.
   */
  final class Trace implements Workload {
    private static final int BLOCK_BYTES = 4096;
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    /** First block and number of blocks of each write. */
    private final List<long[]> writes;

    private int next;
    private long within;

    /**
     * Reads a trace.
     *
     * @param lines each a write: its offset and its length in bytes, and a space between
     */
    Trace(List<String> lines) {
      writes = lines.stream().filter(line -> !line.isBlank()).map(Trace::parse).toList();
      if (writes.isEmpty()) {
        throw new IllegalArgumentException("the trace has no writes");
      }
    }

    private static long[] parse(String line) {
      List<String> words = BLANKS.splitAsStream(line.strip()).toList();
      if (words.size() != 2) {
        throw new IllegalArgumentException("not an offset and a length: " + line);
      }
      long offset = Long.parseLong(words.get(0));
      long first = offset / BLOCK_BYTES;
      long end = offset + Long.parseLong(words.get(1));
      return new long[] {first, Math.max(1, (end + BLOCK_BYTES - 1) / BLOCK_BYTES - first)};
    }

    @Override
    public double bound(double utilization) {
      return Double.NaN;
    }

    @Override
    public void draw(SplittableRandom random, int blocks, int[] batch) {
      for (int at = 0; at < batch.length; at++) {
        long[] write = writes.get(next);
        batch[at] = (int) ((write[0] + within) % blocks);
        within++;
        if (within == write[1]) {
          within = 0;
          next = (next + 1) % writes.size();
        }
      }
    }

    @Override
    public String toString() {
      return "trace";
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
