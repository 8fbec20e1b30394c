// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import zonefsj.tests.fixture.ProofOutput;

/** The short form of the comparison with the model. */
class DriveProofTest {
  private static final long SEED = 1;
  private static final int SEQUENCES = 40;

  @Test
  void drivesAnswerAsTheModel() throws IOException {
    ProofOutput out = new ProofOutput();
    out.assertNoneFailed(DriveProof.prove(SEED, SEQUENCES, null, out));
  }
}
