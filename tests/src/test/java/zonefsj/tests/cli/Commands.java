// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import zonefsj.fs.cli.Main;

/** The command within the process of the tests: for what mounts nothing and reads no input. */
final class Commands {
  private Commands() {}

  /** How a command ended. */
  record Outcome(int exitCode, String out, String err) {
    /** It succeeded without a remark; what it printed. */
    String ok() {
      assertThat(err).isEmpty();
      assertThat(exitCode).isZero();
      return out;
    }

    /** It failed with one line on standard error; without the name of the command. */
    String failure(int code) {
      assertThat(exitCode).as(err).isEqualTo(code);
      assertThat(err.lines()).as(err).hasSize(1);
      assertThat(err).startsWith("zonefs-j: ").endsWith("\n");
      return err.substring("zonefs-j: ".length()).strip();
    }
  }

  /** Runs the command. */
  static Outcome run(Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = arguments[i].toString();
    }
    int exitCode =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            words);
    return new Outcome(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
