// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Many files in one directory of a real mount: made, listed, looked at in random order, found again
 * by a new daemon, removed. What one costs must not grow with their number, nor the daemon beyond
 * its memory, whatever the kernel keeps of them.
 */
public final class MillionBench {
  private static final long FILES_BY_DEFAULT = 1_000_000;
  private static final double MAX_RESIDENT_MIB = 512;

  /** Of the last files made over the first 20,000, in processor time of the daemon. */
  private static final double MAX_RATIO = 1.5;

  private static final Duration STEP_TIMEOUT = Duration.ofHours(2);
  private static final Pattern RATIO = Pattern.compile("ratio ([0-9.]+) ([0-9.]+)");
  private static final Pattern AT_MOST = Pattern.compile("([0-9]+) at most");

  private final Sandbox sandbox = new Sandbox(false);
  private final PrintStream out;
  private final long files;
  private double mostMebibytes;

  private MillionBench(long files, PrintStream out) {
    this.files = files;
    this.out = out;
  }

  /**
   * Measures.
   *
   * @param files how many; 1 stands for a million
   * @return how many requirements were missed
   */
  public static long run(long files, PrintStream out) throws Exception {
    return new MillionBench(files <= 1 ? FILES_BY_DEFAULT : files, out).measure();
  }

  private long measure() throws Exception {
    sandbox.open();
    try {
      String image = sandbox.image().toString();
      sandbox.zonefsj("create", image, "--size", "16G", "--zone-size", "64M").orFail();
      sandbox.zonefsj("mkfs", image).orFail();
      sandbox.mount();
      Matcher ratio = RATIO.matcher(step("create"));
      assertThat(ratio.find()).as("the last line of create").isTrue();
      step("list");
      step("stat");
      sandbox.umount();
      sandbox.mount();
      out.println("after a remount:");
      step("list");
      step("stat");
      step("remove");
      sandbox.umount();
      sandbox.fsck();
      return verdict("memory", mostMebibytes, MAX_RESIDENT_MIB, "MiB")
          + verdict("cost", Double.parseDouble(ratio.group(2)), MAX_RATIO, "times as much");
    } finally {
      sandbox.close();
    }
  }

  private String step(String action) throws IOException, InterruptedException {
    Path folder = sandbox.mountPoint().resolve("folder");
    String daemon = Long.toString(sandbox.daemons().get(0).pid());
    try (Child child =
        sandbox.start(
            sandbox.home(),
            sandbox.pythonCommand(
                "million.py", action, folder.toString(), Long.toString(files), daemon))) {
      String answer = child.await(STEP_TIMEOUT).orFail();
      out.println(answer);
      Matcher most = AT_MOST.matcher(answer);
      while (most.find()) {
        mostMebibytes = Math.max(mostMebibytes, Double.parseDouble(most.group(1)));
      }
      assertThat(Files.exists(folder)).isEqualTo(!action.equals("remove"));
      return answer;
    }
  }

  private long verdict(String what, double found, double limit, String unit) {
    boolean good = found <= limit;
    out.printf(
        java.util.Locale.ROOT,
        "%s: %s %s, at most %s wanted: %s%n",
        what,
        found,
        unit,
        limit,
        good ? "good" : "MISSED");
    return good ? 0 : 1;
  }
}
