// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/**
 * The trouble of hosts, each against each step: what is said, that nothing is lost, and that it
 * ends. {@code -Dzonefsj.host.only=TROUBLE} or {@code TROUBLE-STEP} takes a part.
 */
public final class HostProof {
  private static final String ONLY = System.getProperty("zonefsj.host.only", "");

  private HostProof() {}

  /** Runs all and prints a line for each; answers how many failed. */
  public static long prove(PrintStream out) {
    long tried = 0;
    long failed = 0;
    for (HostFault trouble : HostFault.values()) {
      for (HostStep step : HostStep.values()) {
        String name = trouble + "-" + step;
        if (!name.startsWith(ONLY) || !trouble.canMeet(step)) {
          continue;
        }
        tried++;
        long begin = System.nanoTime();
        String wrong = attempt(trouble, step, out, name, begin);
        if (wrong != null) {
          failed++;
          out.println("FAILED " + name + ": " + wrong);
          out.println(
              "repeat with: ZONEFSJ_JAVA_OPTS=-Dzonefsj.host.only=" + name + " tests/prove host");
        }
      }
    }
    out.printf("host: tried=%d failed=%d%n", tried, failed);
    return failed;
  }

  @SuppressWarnings("CatchingUnchecked") // a failed assertion is one failure of many
  private static @Nullable String attempt(
      HostFault trouble, HostStep step, PrintStream out, String name, long begin) {
    try (HostFaultCase cell = new HostFaultCase(trouble, step)) {
      String said = cell.run();
      out.printf("%-28s %3d s  %s%n", name, (System.nanoTime() - begin) / 1_000_000_000, said);
      return null;
    } catch (Exception | AssertionError e) {
      return String.valueOf(e.getMessage());
    }
  }
}
