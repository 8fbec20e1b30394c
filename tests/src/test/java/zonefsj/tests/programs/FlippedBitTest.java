// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A bit of the image flips: the file that lost it says so, and no other. */
final class FlippedBitTest {
  private static final int FILE_BYTES = 8 << 20;
  private static final int PATTERN_OFFSET = 5_000_123;
  private static final int PATTERN_BYTES = 64;

  /** The offset as the log has it, in whatever words. */
  private static final Pattern NUMBER = Pattern.compile("\\d+");

  @RegisterExtension final Sandbox sandbox = new Sandbox(false);

  @Test
  void aFlippedBitIsAnErrorALogLineAndARowInStatus() throws Exception {
    byte[] content = new byte[FILE_BYTES];
    new Random(7).nextBytes(content);
    sandbox.createDrive();
    sandbox.mount();
    Path folder = Files.createDirectory(sandbox.mountPoint().resolve("folder"));
    Path victim = Files.write(folder.resolve("victim"), content);
    byte[] other = content.clone();
    other[PATTERN_OFFSET + 1] ^= 1;
    Path neighbour = Files.write(folder.resolve("neighbour"), other);
    sandbox.umount();

    Path pattern = sandbox.keep().resolve("pattern");
    byte[] part = new byte[PATTERN_BYTES];
    System.arraycopy(content, PATTERN_OFFSET, part, 0, PATTERN_BYTES);
    Files.write(pattern, part);
    sandbox
        .run(sandbox.pythonCommand("flip.py", sandbox.image().toString(), pattern.toString()))
        .orFail();
    Child.Result fsck = sandbox.zonefsj("fsck", sandbox.image().toString(), "--data");
    assertThat(fsck.exitCode()).as(fsck.toString()).isEqualTo(4);
    assertThat(fsck.output()).contains("folder/victim");

    sandbox.mount();
    Child.Result read = sandbox.run(List.of("cat", victim.toString()));
    assertThat(read.exitCode()).as("cat").isEqualTo(1);
    assertThat(read.errors()).contains("Input/output error");
    // What is beside the damage is still served, and is right.
    sandbox
        .run(
            List.of(
                "bash",
                "-c",
                "cmp -n 4000000 mnt/folder/victim <(head -c 4000000 mnt/folder/neighbour)"
                    + " && cmp <(tail -c 2000000 mnt/folder/victim)"
                    + " <(tail -c 2000000 mnt/folder/neighbour)"))
        .orFail();
    assertThat(Files.mismatch(neighbour, Files.write(sandbox.keep().resolve("other"), other)))
        .isEqualTo(-1L);

    assertNames(sandbox.log(), "the log");
    assertNames(sandbox.zonefsj("status", sandbox.mountPoint().toString()).orFail(), "status");

    // New bytes heal it; the old ones are never copied with a fresh checksum.
    Files.write(victim, content);
    sandbox.umount();
    sandbox.fsck();
  }

  private static void assertNames(String text, String where) {
    assertThat(text.lines())
        .as(where + ":\n" + text)
        .anySatisfy(
            line -> {
              assertThat(line).contains("folder/victim").containsPattern("zone \\d+");
              assertThat(offsetIn(line)).isTrue();
            });
  }

  private static boolean offsetIn(String line) {
    Matcher matcher = NUMBER.matcher(line);
    while (matcher.find()) {
      // The range that was checked as one piece begins before the bit.
      long number = Long.parseLong(matcher.group());
      if (number <= PATTERN_OFFSET + 5 && number > PATTERN_OFFSET - (1 << 20)) {
        return true;
      }
    }
    return false;
  }
}
