// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a program of the system can do to the one who runs it. */
class SystemCommandTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @Test
  void outputAndExitCodeArriveInOnePiece() throws IOException {
    SystemCommand.Outcome outcome =
        SystemCommand.run(LIMIT, List.of("sh", "-c", "echo one; echo two >&2; exit 3"));
    assertThat(outcome.exitCode()).isEqualTo(3);
    assertThat(outcome.words()).isEqualTo("one; two");
  }

  @Test
  void aProgramThatDoesNotEndIsEnded() {
    assertThatThrownBy(
            () -> SystemCommand.run(Duration.ofMillis(100), List.of("sh", "-c", "exec sleep 60")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("did not end within");
  }

  /**
   * A user who traces the program could take a pipe from it and fill it for ever, or never close
   * it.
   */
  @Test
  void aUserWhoTakesTheOutputHoldsNobodyUp() throws IOException {
    String looks = "for fd in 0 1 2; do test ! -p /proc/self/fd/$fd || exit 7; done";
    assertThat(SystemCommand.run(LIMIT, List.of("sh", "-c", looks)).exitCode()).isEqualTo(7);
    assertThat(SystemCommand.runApart(LIMIT, List.of("sh", "-c", looks))).isZero();
  }

  @Test
  void aProgramThatRunsApartSeesNothingOfUs() throws IOException {
    String looks = "test $PWD = / && test -z \"$HOME\"";
    assertThat(SystemCommand.runApart(LIMIT, List.of("sh", "-c", looks))).isZero();
  }
}
