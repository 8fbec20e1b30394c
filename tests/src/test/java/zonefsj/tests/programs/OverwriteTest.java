// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import org.junit.jupiter.api.Test;

/** Random overwrites on a drive that is rather full. */
final class OverwriteTest {
  private static final int ROUNDS = 6;
  private static final int ROUND_BYTES = 100_000_000;

  @Test
  void sixRoundsOfOverwritesLeaveWhatTheModelHas() throws Exception {
    try (MountOverwriteProof proof = new MountOverwriteProof()) {
      proof.run(ROUNDS, ROUND_BYTES, 1);
    }
  }
}
