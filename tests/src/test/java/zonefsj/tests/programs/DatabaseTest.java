// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The daemon is killed while a database works. */
final class DatabaseTest {
  private static final int SCALE = 2;

  @Test
  void aDatabaseRecoversWithEveryCommitThatItHasAcknowledged() throws Exception {
    try (DatabaseProof proof = new DatabaseProof(SCALE)) {
      assertThat(proof.round(1)).contains("commits are there");
    }
  }
}
