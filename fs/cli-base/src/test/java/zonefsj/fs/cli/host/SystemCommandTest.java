// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.FutureTask;
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

  /** mount(8) makes files where LIBMOUNT_UTAB says. */
  @Test
  void aProgramSeesNoVariableThatItDoesNotNeed() throws IOException {
    String names = "env | sed 's/=.*//' | grep -vxE 'PATH|LD_.*|LC_ALL|LANGUAGE|PWD|SHLVL|_'";
    assertThat(SystemCommand.run(LIMIT, List.of("sh", "-c", names)).output()).isEmpty();
    assertThat(System.getenv()).as("of this test").hasSizeGreaterThan(4);
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

  /** A user who traces the program could read and use the keys of root's session. */
  @Test
  void aProgramThatRunsApartHasNoKeysOfOurs() throws Exception {
    String key = "zonefsj-" + UUID.randomUUID();
    List<String> looks = List.of("grep", "--quiet", key, "/proc/keys");
    FutureTask<List<Integer>> found =
        new FutureTask<>(
            () -> {
              // The keys of who runs the tests stay what they are.
              SessionKeyring.replaceByEmpty();
              boolean hasKeys = SessionKeys.add(key);
              return List.of(
                  hasKeys ? 0 : 1,
                  SystemCommand.run(LIMIT, looks).exitCode(),
                  SystemCommand.runApart(LIMIT, looks),
                  SystemCommand.run(LIMIT, looks).exitCode());
            });
    new Thread(found).start();
    List<Integer> codes = found.get();
    assertThat(codes.subList(1, 4))
        .as("our key, as a program of ours, one apart, and one of ours see it")
        .containsExactly(codes.get(0), 1, codes.get(0));
  }
}
