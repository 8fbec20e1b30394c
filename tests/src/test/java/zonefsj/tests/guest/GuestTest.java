// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * The short form of the proof on real drives: one guest with drives of every make. Without QEMU it
 * fails, with the words of {@code tests/guest}.
 */
class GuestTest {
  private static final long SEED = 1;
  private static final long SEQUENCES = 2;

  /** Fewer would mean that something was not run. */
  private static final long LEAST = 100;

  @Test
  void realDrivesKeepTheContractAndDoAsTheEmulation() throws IOException, InterruptedException {
    ByteArrayOutputStream words = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(words, true, StandardCharsets.UTF_8);
    GuestRun.Summary summary = GuestCommand.drives("short", SEED, SEQUENCES).run(out);
    String said = words.toString(StandardCharsets.UTF_8);
    assertThat(summary.failed()).as(said).isZero();
    assertThat(summary.tried()).as(said).isGreaterThan(LEAST);
  }
}
