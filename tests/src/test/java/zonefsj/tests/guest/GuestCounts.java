// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** Counts the tests of one class after the other, and says what failed and what does not apply. */
final class GuestCounts implements TestExecutionListener {
  private final PrintStream out;
  private final Map<String, Integer> inapplicable = new TreeMap<>();
  private long beginNanos = System.nanoTime();
  private int ran;
  private int failedHere;
  private long tried;
  private long failed;

  GuestCounts(PrintStream out) {
    this.out = out;
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    inapplicable.merge(reason, 1, Integer::sum);
    if (test.isContainer()) {
      count(false, test, new IllegalStateException("a whole class does not apply: " + reason));
    }
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    boolean successful = result.getStatus() == Status.SUCCESSFUL;
    if (test.isTest() || !successful) {
      Throwable why =
          result.getThrowable().orElseGet(() -> new IllegalStateException("no reason was given"));
      count(successful, test, why);
    }
  }

  /** Prints the line of a class; one that ran no test failed. */
  void finish(String name) {
    if (ran == 0) {
      failedHere++;
      out.println("FAILED " + name + ": no test ran");
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - beginNanos);
    out.printf("%-36s %3d run, %d failed, %d s%n", name, ran, failedHere, seconds);
    inapplicable.forEach((reason, count) -> out.printf("  %d do not apply: %s%n", count, reason));
    tried += ran;
    failed += failedHere;
    ran = 0;
    failedHere = 0;
    inapplicable.clear();
    beginNanos = System.nanoTime();
  }

  /** Counts a proof that is no test of JUnit's. */
  void add(long moreTried, long moreFailed) {
    tried += moreTried;
    failed += moreFailed;
    beginNanos = System.nanoTime();
  }

  long tried() {
    return tried;
  }

  long failed() {
    return failed;
  }

  private void count(boolean successful, TestIdentifier test, Throwable why) {
    ran++;
    if (!successful) {
      failedHere++;
      out.println("FAILED " + test.getUniqueId());
      why.printStackTrace(out);
    }
  }
}
