// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;

/**
 * What each wrapper of a drive adds to an access, and what its encryption does beside OpenSSL. Each
 * measurement is a process of its own. Rounds go through the wrappers in turn, and a wrapper is
 * compared with the plain drive of the same round.
 */
public final class WrapperCosts {
  /** Rounds when nobody says how many. */
  public static final long ROUNDS_BY_DEFAULT = 5;

  private static final int FEW = 24;
  private static final int MANY = 80;

  private static final List<Integer> LENGTHS = List.of(4 << 10, 128 << 10, 1 << 20);

  private final WrapperTable table = new WrapperTable();
  private final CipherCosts cipher = new CipherCosts();
  private final long begin = System.nanoTime();
  private final @Nullable Duration limit;

  private WrapperCosts(@Nullable Duration limit) {
    this.limit = limit;
  }

  /**
   * Measures and prints the tables.
   *
   * @param seed of who begins
   * @param rounds at most so many
   * @param limit no measurement of a later round than the first begins later; null for none
   * @return how many bounds are missed
   */
  public static long run(long seed, long rounds, @Nullable Duration limit, PrintStream out)
      throws RunnerException {
    WrapperCosts costs = new WrapperCosts(limit);
    for (long round = 0; round < rounds && !(round > 0 && costs.isOver()); round++) {
      out.println("round " + (round + 1));
      costs.cipher.measure();
      costs.measure(seed + round, round > 0);
    }
    costs.table.print(out);
    costs.cipher.print(out);
    long tried = costs.table.bounds() + costs.cipher.bounds();
    long failed = costs.table.missed() + costs.cipher.missed();
    out.printf("wrappers: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  private boolean isOver() {
    return limit != null && System.nanoTime() - begin > limit.toNanos();
  }

  private void measure(long turn, boolean mayEnd) throws RunnerException {
    for (BaseDrive base : BaseDrive.values()) {
      for (Access access : Access.values()) {
        for (int bytes : LENGTHS) {
          if (mayEnd && isOver()) {
            return;
          }
          measure(turn, base, access, bytes);
        }
      }
    }
  }

  private void measure(long turn, BaseDrive base, Access access, int bytes) throws RunnerException {
    List<Wrapper> wrappers =
        Stream.of(Wrapper.values()).filter(wrapper -> wrapper.isMeasured(access)).toList();
    for (int at = 0; at < wrappers.size(); at++) {
      Wrapper wrapper = wrappers.get((int) Math.floorMod(turn + at, (long) wrappers.size()));
      // Between appends to an image lie flushes, which take most of the time.
      int iterations = base == BaseDrive.IMAGE && access == Access.APPEND ? FEW : MANY;
      table.add(
          new WrapperTable.Row(wrapper, access, bytes),
          base,
          JmhFork.cost(access, base, wrapper, bytes, iterations));
    }
  }
}
