// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

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
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      long failed = CraftedProof.prove(SEED, CASES, null, out);
      assertThat(failed).as(said.toString(StandardCharsets.UTF_8)).isZero();
    }
  }
}
