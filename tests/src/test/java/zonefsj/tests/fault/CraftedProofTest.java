// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import zonefsj.tests.fixture.ProofOutput;

/** The gate's share of {@code tests/prove crafted}. */
class CraftedProofTest {
  private static final long SEED = 1;
  private static final long CASES = 1000;

  /** Seeds of images that RocksDB died of, each in another way, when it was given them. */
  private static final long[] DEADLY = {73, 199, 247, 1038, 1414, 1557, 1980, 2832, 2851};

  @Test
  void whatEndsRocksDbIsNotGivenToIt() throws Exception {
    try (CraftedProcess process = new CraftedProcess()) {
      for (long seed : DEADLY) {
        assertThat(process.run(CraftedChild.INDEX, seed)).as("seed " + seed).isNull();
      }
    }
  }

  @Test
  void craftedDrivesAreAnsweredInWords() throws Exception {
    ProofOutput out = new ProofOutput();
    out.assertNoneFailed(CraftedProof.prove(SEED, CASES, null, out));
  }
}
