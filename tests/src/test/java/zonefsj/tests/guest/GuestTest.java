// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.tests.fixture.ProofOutput;

/**
 * The short form of the proof on real drives: one guest with drives of every make. Without QEMU it
 * fails, with the words of {@code tests/guest}.
 */
class GuestTest {
  private static final long SEED = 1;
  private static final long SEQUENCES = 2;

  /** Fewer would mean that something was not run. */
  private static final long LEAST = 100;

  /** Longer than a guest has, so that its end is told by what it said. */
  @Test
  @Timeout(value = 55, unit = TimeUnit.MINUTES)
  void realDrivesKeepTheContractAndDoAsTheEmulation() throws IOException, InterruptedException {
    ProofOutput out = new ProofOutput();
    GuestRun.Summary summary = GuestCommand.drives("short", SEED, SEQUENCES).run(out);
    out.assertNoneFailed(summary.failed());
    assertThat(summary.tried()).as(out.text()).isGreaterThan(LEAST);
  }
}
