package zonefsj.tests.crash;

import java.io.PrintStream;

/** Prints violations of one workload number, each with the command that repeats it. */
final class Reporter {
  private final PrintStream out;
  private final Tally tally;
  private final int most;
  private long seed;
  private int reports;

  /**
   * @param most of one number; it ends with this many
   */
  Reporter(PrintStream out, Tally tally, int most) {
    this.out = out;
    this.tally = tally;
    this.most = most;
  }

  /** What follows belongs to this number. */
  void begin(long number) {
    seed = number;
    reports = 0;
  }

  /** Whether there were enough violations. */
  boolean isFull() {
    return reports >= most;
  }

  /** A violation. */
  void violation(String where, String wrong) {
    tally.violation();
    reports++;
    synchronized (out) {
      out.printf(
          "repeat with: tests/prove crash --count 1 --seed %d%n%s:%n%s%n%n", seed, where, wrong);
    }
  }

  /** How many there were of this number. */
  int reports() {
    return reports;
  }
}
