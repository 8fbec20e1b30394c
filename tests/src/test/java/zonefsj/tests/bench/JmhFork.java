// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs one benchmark in one process of its own, silently. Stateless. */
final class JmhFork {
  private static final int WARM_UPS = 2 * WrapperBench.TURNS;

  private static final int CIPHER_BATCH = 1000;
  private static final int CIPHER_WARM_UPS = 500;
  private static final int CIPHER_BATCHES = 1000;

  private static final int INNER_ITERATIONS = 4;

  /** Bytes that one call allocates, in the results of the profiler. */
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private JmhFork() {}

  /**
   * Measures an access through a wrapper and of a plain drive.
   *
   * @param iterations how many; they take turns
   */
  static AccessCost cost(Access access, BaseDrive base, Wrapper wrapper, int bytes, int iterations)
      throws RunnerException {
    int accesses = AccessArea.BYTES / bytes;
    List<Double> batches =
        run(
            builder(WrapperBench.class, access.word())
                .param("base", base.name())
                .param("wrapper", wrapper.name())
                .param("bytes", Integer.toString(bytes))
                .warmupBatchSize(accesses)
                .measurementBatchSize(accesses)
                .warmupIterations(WARM_UPS)
                .measurementIterations(iterations));
    return AccessCost.of(batches.stream().map(nanos -> nanos / accesses).toList());
  }

  /**
   * Measures the cipher of a wrapper alone.
   *
   * @return nanoseconds of one access: the median of the iterations
   */
  static double cipherNanos(String method, int bytes) throws RunnerException {
    List<Double> batches =
        run(
            builder(CipherBench.class, method)
                .param("bytes", Integer.toString(bytes))
                .warmupBatchSize(CIPHER_BATCH)
                .measurementBatchSize(CIPHER_BATCH)
                .warmupIterations(CIPHER_WARM_UPS)
                .measurementIterations(CIPHER_BATCHES));
    return new Numbers(batches).median() / CIPHER_BATCH;
  }

  /**
   * Measures an inner part of a mount.
   *
   * @param method of {@link InnerBench}
   */
  static InnerCosts.Cost innerCost(String method) throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                builder(InnerBench.class, method)
                    .addProfiler(GCProfiler.class)
                    .warmupIterations(INNER_ITERATIONS)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(INNER_ITERATIONS)
                    .measurementTime(TimeValue.seconds(1))
                    .build())
            .run();
    RunResult result = results.iterator().next();
    Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
    if (allocated == null) {
      throw new RunnerException("the profiler has no " + ALLOCATED);
    }
    return new InnerCosts.Cost(result.getPrimaryResult().getScore(), allocated.getScore());
  }

  private static ChainedOptionsBuilder builder(Class<?> bench, String method) {
    return new OptionsBuilder()
        .include("^" + bench.getName().replace(".", "\\.") + "\\." + method + "$")
        .verbosity(VerboseMode.SILENT)
        .shouldFailOnError(true)
        .forks(1);
  }

  /** The score of each iteration. */
  private static List<Double> run(ChainedOptionsBuilder options) throws RunnerException {
    Collection<RunResult> results = new Runner(options.build()).run();
    return results.iterator().next().getBenchmarkResults().stream()
        .flatMap(fork -> fork.getIterationResults().stream())
        .map(iteration -> iteration.getPrimaryResult().getScore())
        .toList();
  }
}
