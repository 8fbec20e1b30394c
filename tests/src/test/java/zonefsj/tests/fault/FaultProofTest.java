// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.tests.fixture.ProofOutput;

/** The short form of {@code tests/prove fault}. */
class FaultProofTest {
  private static final int SEEDS = 200;

  @Test
  void damagedDrivesAreCheckedMountedAndRepaired() {
    ProofOutput out = new ProofOutput();
    FaultProof proof = new FaultProof(out);
    out.assertNoneFailed(proof.run(1, SEEDS, null));
    assertThat(proof.repairsRefused())
        .as("drives that could not be repaired")
        .isLessThan(SEEDS / 5);
  }

  /** A record was lost, and with it data before those whose inode was made anew. */
  @ParameterizedTest
  @ValueSource(longs = {907028, 907583})
  void anInodeMadeAnewShowsNoZerosWhereDataMayBeLost(long seed) {
    ProofOutput out = new ProofOutput();
    FaultProof proof = new FaultProof(out);
    out.assertNoneFailed(proof.run(seed, 1, null));
  }
}
