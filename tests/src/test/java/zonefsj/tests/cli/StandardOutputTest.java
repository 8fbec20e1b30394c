// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import zonefsj.fs.cli.terminal.StandardOutput;

/** Results that do not get to where they should go are no success. */
final class StandardOutputTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  /** Fails from the second write on. */
  private static StandardOutput failing(String words) {
    return new StandardOutput(
        new OutputStream() {
          private int writes;

          @Override
          public void write(int oneByte) throws IOException {
            writes++;
            if (writes > 1) {
              throw new IOException(words + (writes > 2 ? " again" : ""));
            }
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            write(0);
          }
        });
  }

  @ParameterizedTest
  @CsvSource({"zones, 1", "info, 1", "dump, 1", "fsck, 8"})
  void aFullDiskIsToldWithAnExitCode(String command, int exitCode) throws Exception {
    cli.format();
    List<String> words = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >/dev/full", "sh"));
    words.addAll(cli.words(command, cli.image()));
    assertThat(cli.exec(Map.of(), words).failure(exitCode))
        .contains("standard output could not be written: No space left on device");
  }

  @Test
  void theFirstFailureIsRemembered() {
    StandardOutput output = failing("the disk is full");
    output.stream().println("a line");
    assertThat(output.loss()).isNull();
    output.stream().println("a line");
    output.stream().println("a line");
    assertThat(output.loss()).isEqualTo("the disk is full");
  }

  @Test
  void aReaderThatWantsNoMoreIsNoFailure() {
    StandardOutput output = failing("Broken pipe");
    output.stream().println("a line");
    output.stream().println("a line");
    assertThat(output.loss()).isNull();
  }
}
