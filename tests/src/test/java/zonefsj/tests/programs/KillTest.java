// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The daemon is killed while programs write. */
final class KillTest {
  private static final int ROUNDS = 10;

  @Test
  void whatWasSyncedIsThereAfterTheDaemonWasKilled() throws Exception {
    try (KillProof proof = new KillProof()) {
      for (int round = 0; round < ROUNDS; round++) {
        assertThat(proof.round(1 + round)).contains("operations are there");
      }
    }
  }
}
