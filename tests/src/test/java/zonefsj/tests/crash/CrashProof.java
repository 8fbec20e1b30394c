package zonefsj.tests.crash;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** Runs workloads and cuts the drive at every change. */
public final class CrashProof {
  /** Steps of a workload. */
  static final int STEPS = 260;

  private static final int SUBSETS = 3;
  private static final int NESTED_ONE_IN = 30;
  private static final int NESTED_CUTS = 12;
  private static final int MOST_REPORTS = 4;

  private final PrintStream out;
  private final Sabotage sabotage;
  private final int mostReports;
  private Coverage coverage = Coverage.NOTHING;
  private long cuts;
  private long states;
  private long nested;
  private long violations;
  private long falselyFull;

  CrashProof(PrintStream out) {
    this(out, new Sabotage() {}, MOST_REPORTS);
  }

  /**
   * @param mostReports a workload ends with this many violations
   */
  CrashProof(PrintStream out, Sabotage sabotage, int mostReports) {
    this.out = out;
    this.sabotage = sabotage;
    this.mostReports = mostReports;
  }

  /**
   * Runs workload after workload and prints what fails, with the command that repeats it.
   *
   * @param seed of the first workload; the next one has the next number
   * @param count how many
   * @param limit stops earlier when it has passed; null for no limit
   * @return how many workloads failed
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out) {
    CrashProof proof = new CrashProof(out);
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
      failed += proof.run(seed + tried, STEPS) == 0 ? 0 : 1;
      tried++;
    }
    out.println(proof);
    out.printf("crash: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  @Override
  public String toString() {
    return String.format(
        "%d cut points, %d states tried, %d of them within a recovery, %d violations,"
            + " %d requests refused for space; %s",
        cuts, states, nested, violations, falselyFull, coverage);
  }

  long cuts() {
    return cuts;
  }

  long states() {
    return states;
  }

  long nested() {
    return nested;
  }

  long violations() {
    return violations;
  }

  Coverage coverage() {
    return coverage;
  }

  /**
   * Runs the workload of a seed and all crashes of it.
   *
   * @return violations
   */
  long run(long seed, int steps) {
    long before = violations;
    int shape = (int) Math.floorMod(seed, (long) Drives.SHAPES);
    Quiet quiet = new Quiet();
    try (quiet) {
      boolean large = Drives.shape(shape).zoneCapacityBytes() >= 192 << 10;
      run(seed, shape, new StepGenerator(new SplittableRandom(~seed), large).steps(steps));
    } catch (Exception | AssertionError failed) {
      violations++;
      out.println("repeat with: tests/prove crash --count 1 --seed " + seed);
      out.println("the workload itself failed:");
      failed.printStackTrace(out);
    }
    return violations - before;
  }

  void run(long seed, int shape, List<Step> workload) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    WorkloadRun run = new WorkloadRun(shape, random.split(), sabotage);
    run.play(workload);
    falselyFull += run.falselyFull();
    if (run.refused() > 0) {
      throw new IllegalStateException("the drive refused " + run.refused() + " changes");
    }
    coverage = coverage.plus(Coverage.of(run.changes(), Set.of(0, 1)));
    List<DriveChange> changes = run.changes();
    CrashStates crashes = new CrashStates(run.start(), changes);
    int reports = 0;
    for (int cut = 0; cut <= changes.size() && reports < mostReports; cut++) {
      cuts++;
      for (int subset = 0; subset < 2 + SUBSETS && reports < mostReports; subset++) {
        Survivors survivors =
            switch (subset) {
              case 0 -> Survivors.NONE;
              case 1 -> Survivors.ALL;
              default -> Survivors.some(random.nextLong());
            };
        String wrong = crash(run, crashes, cut, survivors, random.split());
        if (wrong != null) {
          violations++;
          reports++;
          report(seed, run, cut, subset, wrong);
        }
      }
    }
  }

  private void report(long seed, WorkloadRun run, int cut, int subset, String wrong) {
    History history = run.history();
    out.println("repeat with: tests/prove crash --count 1 --seed " + seed);
    out.printf(
        "cut %d of %d (%s is under way), survivors %d, between '%s' and '%s':%n%s%n%n",
        cut,
        run.changes().size(),
        cut < run.changes().size() ? run.changes().get(cut) : "nothing",
        subset,
        history.name(history.oldest(cut)),
        history.name(history.newest(cut)),
        wrong);
  }

  private @Nullable String crash(
      WorkloadRun run, CrashStates crashes, int cut, Survivors survivors, SplittableRandom random)
      throws IOException {
    states++;
    RamZonedDevice drive = crashes.after(cut, survivors);
    int index = random.nextInt(4);
    MemoryMetadataStores stores =
        switch (index) {
          case 0 -> new MemoryMetadataStores();
          case 1 -> run.indexAt(random.nextInt(cut + 1));
          default -> run.indexAt(cut);
        };
    History history = run.history();
    List<SortedMap<String, String>> allowed = new ArrayList<>();
    for (int state = history.oldest(cut); state <= history.newest(cut); state++) {
      allowed.add(history.state(state));
    }
    CrashVerifier verifier = new CrashVerifier(random.split(), history.size());
    String wrong;
    if (random.nextInt(NESTED_ONE_IN) == 0) {
      wrong = crashAgain(drive, stores, allowed, verifier, random, history.size());
    } else {
      wrong =
          verifier.verify(
              drive,
              sabotage.index(stores, run.indexAt(cut)),
              allowed,
              () -> 0,
              (mounted, then) -> {});
    }
    return wrong == null
        ? null
        : (index == 0 ? "index lost; " : index == 1 ? "older index; " : "newest index; ") + wrong;
  }

  /** Cuts the drive once more, while it recovers from the first cut. */
  private @Nullable String crashAgain(
      RamZonedDevice drive,
      MemoryMetadataStores stores,
      List<SortedMap<String, String>> allowed,
      CrashVerifier verifier,
      SplittableRandom random,
      int steps)
      throws IOException {
    RamZonedDevice start = drive.snapshot();
    IndexHistory indexes = new IndexHistory(stores);
    RecordingDevice recording = new RecordingDevice(drive, indexes::before);
    int[] mountedAt = new int[1];
    History[] after = new History[1];
    String wrong =
        verifier.verify(
            recording,
            stores,
            allowed,
            () -> recording.changes().size(),
            (mounted, history) -> {
              mountedAt[0] = mounted;
              after[0] = history;
            });
    History history = after[0];
    if (wrong == null && recording.refused() > 0) {
      wrong = "the drive refused " + recording.refused() + " changes of the recovery";
    }
    if (wrong != null || history == null) {
      return wrong;
    }
    CrashStates crashes = new CrashStates(start, recording.changes());
    for (int cut = 0; cut <= Math.min(recording.changes().size(), NESTED_CUTS); cut++) {
      nested++;
      states++;
      List<SortedMap<String, String>> then = new ArrayList<>();
      if (cut < mountedAt[0]) {
        then.addAll(allowed);
      } else {
        for (int state = history.oldest(cut); state <= history.newest(cut); state++) {
          then.add(history.state(state));
        }
      }
      String worse =
          new CrashVerifier(random.split(), steps + 10)
              .verify(
                  crashes.after(cut, Survivors.some(random.nextLong())),
                  random.nextBoolean() ? new MemoryMetadataStores() : indexes.at(cut),
                  then,
                  () -> 0,
                  (mounted, ignored) -> {});
      if (worse != null && !worse.contains("name exists")) {
        return "after a second crash, at change " + cut + " of the recovery: " + worse;
      }
    }
    return null;
  }
}
