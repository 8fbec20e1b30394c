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
    ModelHarness harness = new ModelHarness(factory);
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
      String report = harness.run(seed + tried, ModelHarness.DEFAULT_LENGTH);
      tried++;
      if (report != null) {
        failed++;
        out.println(report);
      }
    }
    Map<String, Long> counts = harness.tried();
    out.printf(
        "model: %d operations, %d pairs of an operation and an error number or none%n",
        counts.values().stream().mapToLong(Long::longValue).sum(), counts.size());
    out.printf("model: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }
}
