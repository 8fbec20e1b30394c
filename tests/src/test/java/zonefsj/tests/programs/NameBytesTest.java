// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names are bytes: they need not be text, and what they hold breaks no line of what is said. */
final class NameBytesTest {
  private static final int FILE_BYTES = 3 << 20;
  private static final int PATTERN_OFFSET = 1_000_123;
  private static final int PATTERN_BYTES = 64;

  /** A line of its own, an order to the terminal, bytes that are not UTF-8. */
  private static final String NAME = "$'a\\nclean: 0 files\\r\\e[2Jcaf\\xe9'";

  private static final String PRINTED = "a\\x0aclean: 0 files\\x0d\\x1b[2Jcaf\\xe9";

  @RegisterExtension final Sandbox sandbox = new Sandbox(false);

  @Test
  void namesThatAreNoTextLiveOn() throws Exception {
    sandbox.createDrive();
    sandbox.mount();
    in(
        """
        cd mnt
        touch $'caf\\xe9' $'a\\nb' $'\\x01\\x7f' ' trailing  ' "$(printf '%0255d' 7)"
        """);
    sandbox.umount();
    sandbox.mount();
    String answer =
        in(
            """
            cd mnt
            ls -b
            rm -- $'caf\\xe9' $'a\\nb' ' trailing  '
            test ! -e $'a\\nb'
            ls -b | wc -l
            rm -- *
            """);
    assertThat(answer.lines())
        .containsExactlyInAnyOrder(
            "\\ trailing\\ \\ ", "0".repeat(254) + "7", "\\001\\177", "a\\nb", "caf\\351", "2");
    assertThat(in("ls -A mnt")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"direct", "jnr-fuse"})
  void theNameOfADamagedFileStaysOnItsLine(String transport) throws Exception {
    byte[] content = new byte[FILE_BYTES];
    new Random(11).nextBytes(content);
    Files.write(sandbox.keep().resolve("content"), content);
    sandbox.createDrive();
    sandbox.mount();
    in("cp keep/content mnt/" + NAME);
    sandbox.umount();
    Path pattern = sandbox.keep().resolve("pattern");
    Files.write(
        pattern, Arrays.copyOfRange(content, PATTERN_OFFSET, PATTERN_OFFSET + PATTERN_BYTES));
    sandbox
        .run(sandbox.pythonCommand("flip.py", sandbox.image().toString(), pattern.toString()))
        .orFail();

    String image = sandbox.image().toString();
    Child.Result fsck = sandbox.zonefsj("fsck", image, "--data");
    assertThat(fsck.exitCode()).as(fsck.toString()).isEqualTo(4);
    assertTold(fsck.output(), "fsck");
    assertNothingEscapes(sandbox.zonefsj("dump", image).orFail(), "dump");

    sandbox.mount("transport=" + transport);
    assertThat(sandbox.run(List.of("bash", "-c", "cat mnt/" + NAME)).errors())
        .contains("Input/output error");
    String mountPoint = sandbox.mountPoint().toString();
    assertTold(sandbox.log(), "the log");
    assertTold(sandbox.zonefsj("status", mountPoint).orFail(), "status");
    // In JSON a backslash is two.
    String json = sandbox.zonefsj("status", mountPoint, "--json").orFail();
    assertThat(json).contains(PRINTED.replace("\\", "\\\\"));
    assertNothingEscapes(json, "status --json");
    assertNothingEscapes(sandbox.zonefsj("scrub", mountPoint).output(), "scrub");
    assertTold(sandbox.log(), "the log");
    sandbox.umount();

    Child.Result repair = sandbox.zonefsj("fsck", image, "--data", "--repair");
    assertTold(repair.output(), "repair: " + repair);
  }

  private static void assertTold(String text, String where) {
    assertThat(text.lines()).as(where + ":\n" + text).anyMatch(line -> line.contains(PRINTED));
    assertNothingEscapes(text, where);
  }

  /** Nothing but text and ends of lines, and no line that the name made up. */
  private static void assertNothingEscapes(String text, String where) {
    assertThat(text.lines())
        .as(where + ":\n" + text)
        .noneMatch(line -> line.startsWith("clean: 0 files"))
        .allSatisfy(line -> assertThat(line).doesNotContainPattern("[\\p{Cntrl}&&[^\t]]|\uFFFD"));
    assertThat(text.getBytes(StandardCharsets.UTF_8)).as(where).doesNotContain('\r', 0x1b);
  }

  private String in(String script) throws Exception {
    return sandbox.run(List.of("bash", "-c", "set -eu -o pipefail\n" + script)).orFail();
  }
}
