// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The short form of {@code tests/prove fault}. */
class FaultProofTest {
  private static final int SEEDS = 200;

  @Test
  void damagedDrivesAreCheckedMountedAndRepaired() {
    ByteArrayOutputStream words = new ByteArrayOutputStream();
    FaultProof proof = new FaultProof(new PrintStream(words, true, StandardCharsets.UTF_8));
    long failed = proof.run(1, SEEDS, null);
    System.out.print(words.toString(StandardCharsets.UTF_8));
    assertThat(failed).as(words.toString(StandardCharsets.UTF_8)).isZero();
    assertThat(proof.repairsRefused())
        .as("drives that could not be repaired")
        .isLessThan(SEEDS / 5);
  }

  /** A record was lost, and with it data before those whose inode was made anew. */
  @ParameterizedTest
  @ValueSource(longs = {907028, 907583})
  void anInodeMadeAnewShowsNoZerosWhereDataMayBeLost(long seed) {
    ByteArrayOutputStream words = new ByteArrayOutputStream();
    FaultProof proof = new FaultProof(new PrintStream(words, true, StandardCharsets.UTF_8));
    assertThat(proof.run(seed, 1, null)).as(words.toString(StandardCharsets.UTF_8)).isZero();
  }
}
