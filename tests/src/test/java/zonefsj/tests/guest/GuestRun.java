// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One guest with its drives and what is run in it.
 *
 * @param name what is proven in it
 * @param options of {@code tests/guest}
 * @param environment of the command, of names that begin with {@code ZONEFSJ_}
 * @param command in the guest
 */
record GuestRun(
    String name, List<String> options, Map<String, String> environment, List<String> command) {
  private static final Pattern SUMMARY =
      Pattern.compile("guest: tried=(\\d+) failed=(\\d+) seed=\\d+");

  /** Keeps copies. */
  GuestRun {
    options = List.copyOf(options);
    environment = Map.copyOf(environment);
    command = List.copyOf(command);
  }

  /**
   * What a guest has proven.
   *
   * @param tried tests and sequences where it counted them, else one
   * @param failed of these, and one more for a guest that did not end well
   */
  record Summary(long tried, long failed) {
    Summary plus(Summary other) {
      return new Summary(tried + other.tried, failed + other.failed);
    }
  }

  /** Boots it; its words, behind its name, go to {@code out} as they come. */
  Summary run(PrintStream out) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    List<String> line = new ArrayList<>();
    line.add(GuestCommand.root().resolve("tests/guest").toString());
    line.addAll(options);
    line.add("--");
    line.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process guest = builder.start();
    // The script ends its guest when it is ended.
    Thread end = new Thread(guest::destroy, "ends the guest");
    Runtime.getRuntime().addShutdownHook(end);
    guest.getOutputStream().close();
    Summary counted = null;
    try (BufferedReader words = guest.inputReader(StandardCharsets.UTF_8)) {
      for (String word = words.readLine(); word != null; word = words.readLine()) {
        Matcher last = SUMMARY.matcher(word);
        if (last.matches()) {
          counted = new Summary(Long.parseLong(last.group(1)), Long.parseLong(last.group(2)));
        } else {
          out.println(name + ": " + word);
        }
      }
    }
    int status = guest.waitFor();
    Runtime.getRuntime().removeShutdownHook(end);
    Summary summary = judge(counted, status);
    out.printf(
        "%s: %s, %d s%n",
        name,
        summary.failed() == 0 ? "passed" : "FAILED with status " + status,
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin));
    return summary;
  }

  private static Summary judge(@Nullable Summary counted, int status) {
    if (counted == null) {
      return new Summary(1, status == 0 ? 0 : 1);
    }
    boolean agree = (counted.failed() == 0) == (status == 0);
    return agree ? counted : new Summary(counted.tried(), counted.failed() + 1);
  }
}
