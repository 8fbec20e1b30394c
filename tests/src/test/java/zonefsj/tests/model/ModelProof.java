// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs the model test over many seeds. */
public final class ModelProof {
  private ModelProof() {}

  /**
   * Plays sequence after sequence and prints the report of each that fails.
   *
   * @param seed of the first sequence; the next one has the next number
   * @param count how many
   * @param limit stops earlier when it has passed; null for no limit
   * @return how many failed
   */
  public static long prove(
      ModelSubject.Factory factory,
      long seed,
      long count,
      @Nullable Duration limit,
      PrintStream out) {
    return prove(ModelProfile.CALLS, factory, seed, count, limit, out);
  }

  /**
   * The same along another way.
   *
   * @param profile what can be asked of the filesystem, and how
   */
  public static long prove(
      ModelProfile profile,
      ModelSubject.Factory factory,
      long seed,
      long count,
      @Nullable Duration limit,
      PrintStream out) {
    ModelHarness harness = new ModelHarness(profile, factory);
    String kind = profile.kind();
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
      String report = harness.run(seed + tried, profile.length());
      tried++;
      if (report != null) {
        failed++;
        out.println(report);
      }
    }
    Map<String, Long> counts = harness.tried();
    out.printf(
        "%s: %d operations, %d pairs of an operation and an error number or none%n",
        kind, counts.values().stream().mapToLong(Long::longValue).sum(), counts.size());
    out.printf("%s: tried=%d failed=%d seed=%d%n", kind, tried, failed, seed);
    return failed;
  }
}
