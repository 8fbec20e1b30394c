// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.tests.posix.Shell;

/**
 * What our transports cost beside C: each serves a filesystem without contents, all do the same
 * work in turn, and the processor time of each daemon is divided by the operations done.
 */
public final class TransportBench {
  /** Rounds when nobody says how many. */
  public static final long ROUNDS_BY_DEFAULT = 5;

  /** Of a phase that is bounded by time; a round takes about ten seconds then. */
  private static final int PHASE_MILLIS = 700;

  private static final long WARM_UP = -1;

  private final PrintStream out;
  private final TransportTable table = new TransportTable();
  private long tried;
  private long failed;

  private TransportBench(PrintStream out) {
    this.out = out;
  }

  /**
   * Measures.
   *
   * @param seed of the offsets, and of who begins
   * @param rounds at most so many, after one to warm up
   * @param limit no round begins later; null for none
   * @return how many phases did not work
   */
  public static long run(long seed, long rounds, @Nullable Duration limit, PrintStream out)
      throws IOException, InterruptedException {
    Path scratch = Files.createTempDirectory("transport");
    TransportBench bench = new TransportBench(out);
    NativePrograms programs = NativePrograms.compile(scratch);
    try (Daemons daemons = new Daemons(programs, scratch)) {
      bench.measure(bench.start(daemons, programs), programs, seed, rounds, limit);
    }
    bench.table.print(out);
    if (bench.failed > 0) {
      out.println("repeat with: tests/prove transport --seed " + seed + " --count " + rounds);
    }
    out.printf("transport: tried=%d failed=%d seed=%d%n", bench.tried, bench.failed, seed);
    return bench.failed;
  }

  private List<LiveDaemon> start(Daemons daemons, NativePrograms programs)
      throws InterruptedException {
    List<LiveDaemon> started = new ArrayList<>();
    for (Candidate candidate : Candidate.all()) {
      tried++;
      try {
        LiveDaemon daemon = daemons.start(candidate);
        Shell.run(load(programs, daemon, "prepare")).orFail();
        started.add(daemon);
      } catch (IOException | AssertionError | Shell.HangException e) {
        failed++;
        out.println(candidate.name() + " left out: " + e.getMessage());
      }
    }
    return started;
  }

  private static List<String> load(
      NativePrograms programs, LiveDaemon daemon, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(programs.path(NativePrograms.LOAD));
    command.add(daemon.mountPoint().toString());
    command.add(Long.toString(daemon.pid()));
    command.addAll(List.of(arguments));
    return command;
  }

  private void measure(
      List<LiveDaemon> daemons,
      NativePrograms programs,
      long seed,
      long rounds,
      @Nullable Duration limit)
      throws IOException {
    long begin = System.nanoTime();
    for (long round = WARM_UP; round < rounds; round++) {
      if (round > 0 && limit != null && System.nanoTime() - begin > limit.toNanos()) {
        break;
      }
      out.println(round == WARM_UP ? "warming up" : "round " + (round + 1) + " of " + rounds);
      for (int turn = 0; turn < daemons.size(); turn++) {
        LiveDaemon daemon =
            daemons.get((int) Math.floorMod(seed + round + turn, (long) daemons.size()));
        if (daemon.isAlive()) {
          runRound(daemon, programs, seed, round);
        }
      }
    }
  }

  private void runRound(LiveDaemon daemon, NativePrograms programs, long seed, long round)
      throws IOException {
    Set<Phase> missing = EnumSet.allOf(Phase.class);
    tried += missing.size();
    String trouble = "";
    try {
      Shell.Result result =
          Shell.run(
              load(
                  programs,
                  daemon,
                  "run",
                  Long.toString(seed + round),
                  Integer.toString(PHASE_MILLIS)));
      trouble = result.errors();
      for (String line : result.output().lines().toList()) {
        Measurement measurement = Measurement.parse(line);
        missing.remove(measurement.phase());
        if (round != WARM_UP) {
          table.add(daemon.candidate(), measurement);
        }
      }
    } catch (Shell.HangException e) {
      trouble = e.getMessage() + "\n";
      daemon.close(); // only the end of the mount frees what waits for it
    }
    if (!missing.isEmpty()) {
      failed += missing.size();
      out.println(daemon.name() + " failed in " + missing + ": " + trouble + daemon.words());
    }
  }
}
