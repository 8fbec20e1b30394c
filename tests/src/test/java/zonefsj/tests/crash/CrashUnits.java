// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/**
 * Runs numbered workloads with all crashes of them. A number stands for a long random workload, for
 * some enumerated sequences, and for a sample on an image file. For one thread.
 */
final class CrashUnits {
  /** Steps of a random workload. */
  static final int STEPS = 260;

  /** Sequences of one or two operations for each number. */
  static final int SEQUENCES = 100;

  private static final String TEST =
      "mvn -q -Dsurefire.failIfNoSpecifiedTests=false -Dtest=zonefsj.tests.crash.CrashTest verify";

  private static final int SEQUENCES_OF_THREE = 10;
  private static final int FAULT_KINDS = 4;
  private static final long LONG_ZONES_ONE_IN = 40;
  private static final long BUSY_COLLECTOR_ONE_IN = 4;

  /** Not among the first numbers, by which the tester finds each deliberate bug. */
  private static final long LITTLE_MEMORY_ONE_IN = 16;

  private static final long LITTLE_MEMORY_AT = 13;

  /** Less than a dozen writes of a block, with what they take beside their bytes. */
  private static final long LITTLE_MEMORY_BYTES = 64 << 10;

  private static final int STATES_FOR_EACH_IMAGE = 80;

  private final Tally tally = new Tally();
  private final Sequences sequences = new Sequences();
  private final PreparedDrives prepared;
  private final FaultHook sabotage;
  private final Reporter reporter;

  /**
   * @param mostReports a number ends with this many violations
   */
  CrashUnits(PrintStream out, PreparedDrives prepared, FaultHook sabotage, int mostReports) {
    this.prepared = prepared;
    this.sabotage = sabotage;
    this.reporter = new Reporter(out, tally, mostReports);
  }

  Tally tally() {
    return tally;
  }

  /**
   * Runs everything that a number stands for.
   *
   * @param whole false leaves out its enumerated sequences
   * @return violations
   */
  int run(long number, boolean whole) {
    long before = tally.states();
    int violations = random(number);
    if (violations == 0 && whole) {
      violations += enumerated(number);
    }
    if (violations == 0) {
      violations += stacks(number);
    }
    if (violations == 0) {
      violations += images(number, (tally.states() - before) / STATES_FOR_EACH_IMAGE + 1);
    }
    return violations;
  }

  private static String prove(long number) {
    return "tests/prove crash --count 1 --seed " + number;
  }

  private interface Work {
    void run() throws Exception;
  }

  private int guarded(String command, String what, Work work) {
    reporter.begin(command);
    LogSilencer quiet = new LogSilencer();
    try (quiet) {
      work.run();
    } catch (Exception | AssertionError failed) {
      StringWriter words = new StringWriter();
      failed.printStackTrace(new PrintWriter(words, true));
      reporter.violation("the workload itself failed, " + what, words.toString());
    }
    return reporter.reports();
  }

  /** The random workload of a number. */
  int random(long number) {
    return guarded(
        prove(number),
        "random",
        () -> {
          boolean longZones = Math.floorMod(number, LONG_ZONES_ONE_IN) == LONG_ZONES_ONE_IN - 1;
          int shape =
              longZones
                  ? CrashDrives.LONG_ZONES
                  : (int) Math.floorMod(number, (long) CrashDrives.SHAPES);
          boolean large = CrashDrives.shape(shape).zoneCapacityBytes() >= 192 << 10;
          // All kinds of faults with all shapes, and some of each among few numbers.
          long kind = Math.floorMod(number + number / CrashDrives.SHAPES, (long) FAULT_KINDS);
          DriveFaults faults =
              kind < 2
                  ? null
                  : new DriveFaults(
                      new SplittableRandom(number + 1), kind == 3, shape == CrashDrives.SHAPES - 1);
          boolean little = Math.floorMod(number, LITTLE_MEMORY_ONE_IN) == LITTLE_MEMORY_AT;
          boolean busy = Math.floorMod(number, BUSY_COLLECTOR_ONE_IN) == BUSY_COLLECTOR_ONE_IN / 2;
          SplittableRandom random = new SplittableRandom(number);
          StepGenerator generator = new StepGenerator(new SplittableRandom(~number), large);
          play(
              busy
                  ? "random steps with a busy collector"
                  : little ? "random steps with little memory" : "random steps",
              PreparedDrive.fresh(shape, random.split()),
              busy
                  ? generator.stepsWithBusyCollector(STEPS)
                  : little ? generator.stepsWithLittleMemory(STEPS) : generator.steps(STEPS),
              little
                  ? new Conditions(sabotage, faults, LITTLE_MEMORY_BYTES)
                  : new Conditions(sabotage, faults),
              random,
              0);
        });
  }

  /** A chosen workload on a fresh drive. */
  int chosen(int shape, List<Step> steps) {
    return guarded(
        TEST,
        "chosen",
        () -> {
          SplittableRandom random = new SplittableRandom(shape);
          PreparedDrive start = PreparedDrive.fresh(shape, random.split());
          play("chosen steps", start, steps, new Conditions(sabotage, null), random, 0);
        });
  }

  /** Random steps with little memory on a fresh drive, so that data go to zones early. */
  int withLittleMemory(int shape) {
    return guarded(
        TEST,
        "little memory",
        () -> {
          SplittableRandom random = new SplittableRandom(shape);
          play(
              "random steps with little memory",
              PreparedDrive.fresh(shape, random.split()),
              new StepGenerator(new SplittableRandom(~shape), false).stepsWithLittleMemory(STEPS),
              new Conditions(sabotage, null, LITTLE_MEMORY_BYTES),
              random,
              0);
        });
  }

  /** The enumerated sequences of a number. */
  int enumerated(long number) {
    return guarded(
        prove(number),
        "enumerated",
        () -> {
          SplittableRandom random = new SplittableRandom(number);
          for (int index = 0;
              index < SEQUENCES + SEQUENCES_OF_THREE && !reporter.isFull();
              index++) {
            long place = number * SEQUENCES + index;
            sequence(
                index < SEQUENCES
                    ? sequences.get(sequences.mixed(place))
                    : sequences.ofThree(random),
                place + number / sequences.count(),
                random.split());
          }
        });
  }

  /** All sequences of one operation. */
  int ofOne() {
    return guarded(
        TEST,
        "sequences of one",
        () -> {
          for (long one = 0; one < sequences.ofOne() && !reporter.isFull(); one++) {
            sequence(sequences.get(one), one, new SplittableRandom(one));
          }
        });
  }

  private void sequence(List<Step> steps, long drive, SplittableRandom random) throws Exception {
    tally.sequence();
    play(
        "sequence " + steps,
        prepared.get(drive),
        steps,
        new Conditions(sabotage, null),
        random,
        -1);
  }

  /** Crashes over a stack of drives. */
  int stacks(long number) {
    return guarded(prove(number), "on a stack", () -> StackCrashes.run(tally, reporter, number));
  }

  private int images(long number, long states) {
    return guarded(
        prove(number), "on an image", () -> new ImageCrashes(tally, reporter, number).run(states));
  }

  private void play(
      String name,
      PreparedDrive start,
      List<Step> steps,
      Conditions conditions,
      SplittableRandom random,
      int firstCut)
      throws Exception {
    MemoryMetadataStores stores = start.index().copyOfDurable();
    IndexHistory indexes = new IndexHistory(stores);
    WorkloadRun run = new WorkloadRun(start, stores, conditions, indexes::before, random.split());
    int mounted = run.changes().size();
    run.play(steps);
    tally.refused(run.falselyFull());
    tally.resized(run.resized());
    tally.placedEarly(run.placedEarly());
    tally.rewritten(run.rewritten());
    if (run.refused() > 0) {
      throw new IllegalStateException("the drive refused " + run.refused() + " changes");
    }
    tally.covered(Coverage.of(run.changes(), Set.of(0, 1)));
    new Cutter(run, indexes, sabotage, tally, reporter, random)
        .cut(name, firstCut < 0 ? mounted : firstCut);
  }
}
