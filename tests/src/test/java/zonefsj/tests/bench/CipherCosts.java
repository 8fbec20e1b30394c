// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openjdk.jmh.runner.RunnerException;
import zonefsj.tests.posix.Shell;

/** The cipher of an encrypted drive beside that of OpenSSL, one core each, in turn. */
final class CipherCosts {
  /** Least part of OpenSSL's speed. */
  private static final double LEAST = 0.85;

  private static final int BYTES = 8192;

  /** The line of the results, in thousands of bytes a second. */
  private static final Pattern ANSWER =
      Pattern.compile("(?m)^AES-256-XTS\\s+([0-9.]+)k\\s*$", Pattern.CASE_INSENSITIVE);

  private enum Direction {
    ENCRYPT("encrypt", ""),
    DECRYPT("decrypt", "-decrypt");

    /** Name of the method of the benchmark, and of the direction for people. */
    private final String word;

    /** Of OpenSSL; empty: none. */
    private final String option;

    Direction(String word, String option) {
      this.word = word;
      this.option = option;
    }
  }

  /**
   * Megabytes a second in one round.
   *
   * @param ours of the wrapper
   * @param peer of OpenSSL
   */
  private record Pair(double ours, double peer) {}

  private final Map<Direction, List<Pair>> found = new EnumMap<>(Direction.class);

  /** Measures one round. */
  void measure() throws RunnerException {
    for (Direction direction : Direction.values()) {
      double ours = BYTES * 1e3 / JmhFork.cipherNanos(direction.word, BYTES);
      found
          .computeIfAbsent(direction, key -> new ArrayList<>())
          .add(new Pair(ours, openssl(direction)));
    }
  }

  private static double openssl(Direction direction) {
    List<String> command =
        new ArrayList<>(List.of("openssl", "speed", "-evp", "aes-256-xts", "-seconds", "3"));
    command.addAll(List.of("-bytes", Integer.toString(BYTES)));
    if (!direction.option.isEmpty()) {
      command.add(direction.option);
    }
    String words = Shell.run(command).orFail();
    Matcher answer = ANSWER.matcher(words);
    if (!answer.find()) {
      throw new IllegalStateException("openssl speed said something else: " + words);
    }
    return Double.parseDouble(answer.group(1)) / 1e3;
  }

  /** Number of bounds. */
  long bounds() {
    return found.size();
  }

  /** Number of missed bounds. */
  long missed() {
    return found.values().stream().filter(pairs -> ratios(pairs).median() < LEAST).count();
  }

  private static Numbers ratios(List<Pair> pairs) {
    return new Numbers(pairs.stream().map(pair -> pair.ours() / pair.peer()).toList());
  }

  /** Prints the table in Markdown. */
  void print(PrintStream out) {
    out.println(
        "AES-256-XTS, 8 KiB an access, one core. The bound is 85 per cent of OpenSSL's speed.");
    out.println();
    out.println("| direction | crypt, MB/s | `openssl speed`, MB/s | crypt/openssl | bound |");
    out.println("|---|---:|---:|---:|---|");
    found.forEach(
        (direction, pairs) ->
            out.printf(
                Locale.ROOT,
                "| %s | %.0f | %.0f | %s | %s |%n",
                direction.word,
                new Numbers(pairs.stream().map(Pair::ours).toList()).median(),
                new Numbers(pairs.stream().map(Pair::peer).toList()).median(),
                ratios(pairs).percent(),
                ratios(pairs).median() < LEAST ? "MISSED" : "kept"));
    out.println();
  }
}
