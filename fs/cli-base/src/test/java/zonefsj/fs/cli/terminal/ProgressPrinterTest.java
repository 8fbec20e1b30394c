// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Progress and the time that is left, against a clock of the test's. */
final class ProgressPrinterTest {
  private static final long MILLIS = 1_000_000;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private long nowNanos = Long.MAX_VALUE - 3_000 * MILLIS; // overflows on the way

  private ProgressPrinter printer(boolean terminal) {
    return new ProgressPrinter(out, terminal, () -> nowNanos);
  }

  private String printed() {
    String text = bytes.toString(StandardCharsets.UTF_8);
    bytes.reset();
    return text;
  }

  private void pass(long millis) {
    nowNanos += millis * MILLIS;
  }

  @Test
  void shortWorkIsSilent() {
    try (ProgressPrinter printer = printer(true)) {
      for (int i = 0; i <= 9; i++) {
        printer.progress("formatting", i, 9);
        pass(100);
      }
    }
    assertThat(printed()).isEmpty();
  }

  @Test
  void theTimeLeftFollowsFromTheTimeTaken() {
    try (ProgressPrinter printer = printer(false)) {
      printer.progress("rebuilding", 0, 1000);
      pass(10_000);
      printer.progress("rebuilding", 100, 1000);
      assertThat(printed()).isEqualTo("rebuilding: 10 % (100 of 1000), 1 min 30 s left\n");
      pass(4_900);
      printer.progress("rebuilding", 200, 1000);
      assertThat(printed()).isEmpty();
      pass(5_100);
      printer.progress("rebuilding", 500, 1000);
      assertThat(printed()).isEqualTo("rebuilding: 50 % (500 of 1000), 20 s left\n");
      pass(20_000);
      printer.progress("rebuilding", 1000, 1000);
      assertThat(printed()).isEqualTo("rebuilding: 100 % (1000 of 1000), 40 s\n");
    }
  }

  @Test
  void workThatWasUnderWayIsCountedFromWhereItWas() {
    try (ProgressPrinter printer = printer(false)) {
      printer.progress("checking", 9000, 10_000);
      pass(2_000);
      printer.progress("checking", 9100, 10_000);
      assertThat(printed()).isEqualTo("checking: 91 % (9100 of 10000), 18 s left\n");
    }
  }

  @Test
  void neverIsMoreThanAllDone() {
    try (ProgressPrinter printer = printer(false)) {
      printer.progress("checking", 0, 100);
      pass(2_000);
      printer.progress("checking", 201, 100);
      assertThat(printed()).isEqualTo("checking: 100 % (201 of 201), 2 s\n");
    }
  }

  @Test
  void theSameWorkOnceMoreBeginsAnew() {
    try (ProgressPrinter printer = printer(false)) {
      printer.progress("checking", 0, 100);
      pass(10_000);
      printer.progress("checking", 100, 100);
      assertThat(printed()).isEqualTo("checking: 100 % (100 of 100), 10 s\n");
      printer.progress("checking", 0, 100);
      pass(2_000);
      printer.progress("checking", 50, 100);
      assertThat(printed()).isEqualTo("checking: 50 % (50 of 100), 2 s left\n");
    }
  }

  @Test
  void withoutATotalOnlyWhatIsDoneIsSaid() {
    try (ProgressPrinter printer = printer(false)) {
      printer.progress("replaying", 0, -1);
      pass(2_000);
      printer.progress("replaying", 77, -1);
      assertThat(printed()).isEqualTo("replaying: 77 so far, 2 s\n");
      printer.progress("waiting", -1, -1);
      pass(7_300_000);
      printer.progress("waiting", -1, -1);
      assertThat(printed()).isEqualTo("waiting, 2 h 1 min\n");
    }
  }

  @Test
  void ofNothingThereIsNoShare() {
    try (ProgressPrinter printer = printer(false)) {
      printer.progress("x", 0, 0);
      pass(2_000);
      printer.progress("x", 0, 0);
      assertThat(printed()).isEqualTo("x, 2 s\n");
      printer.progress("writing, in bytes", 0, 0);
      pass(2_000);
      printer.progress("writing, in bytes", 0, 0);
      assertThat(printed()).isEqualTo("writing, 2 s\n");
    }
  }

  @Test
  void onATerminalNoLineIsTooLong() {
    String work = "verifying journal and checkpoint, in bytes";
    try (ProgressPrinter printer = printer(true)) {
      printer.progress(work, 0, 2_345_678_901L);
      pass(28_000);
      printer.progress(work, 289_000_000, 2_345_678_901L);
      assertThat(printed())
          .isEqualTo(
              "\rverifying journal and checkpoint: 12 % (276 MiB of 2.18 GiB), 3 min 19 s left");
      printer.progress("a".repeat(500), 0, 10);
      printed();
      pass(2_000);
      printer.progress("a".repeat(500), 5, 10);
      assertThat(printed()).isEqualTo("\r" + "a".repeat(79));
    }
  }

  @Test
  void onATerminalOneLineIsWrittenOverAndRemovedInTheEnd() {
    try (ProgressPrinter printer = printer(true)) {
      printer.progress("rebuilding the index", 0, 100);
      pass(2_000);
      printer.progress("rebuilding the index", 50, 100);
      String first = "rebuilding the index: 50 % (50 of 100), 2 s left";
      assertThat(printed()).isEqualTo("\r" + first);
      pass(100);
      printer.progress("rebuilding the index", 51, 100);
      assertThat(printed()).isEmpty();
      pass(1_900);
      printer.progress("rebuilding the index", 100, 100);
      String second = "rebuilding the index: 100 % (100 of 100), 4 s";
      assertThat(printed()).isEqualTo("\r" + second + " ".repeat(first.length() - second.length()));
      printer.progress("next", 0, 1);
      assertThat(printed()).isEqualTo("\r" + " ".repeat(second.length()) + "\r");
    }
    assertThat(printed()).isEmpty();
  }
}
