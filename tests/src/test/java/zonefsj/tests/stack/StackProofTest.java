// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.tests.fixture.ProofOutput;

/** The short form. */
@Timeout(240)
class StackProofTest {
  private static final long SEED = 1;
  private static final int STACKS = 200;

  @Test
  void stacksAnswerAsADrive() throws Exception {
    ProofOutput out = new ProofOutput();
    out.assertNoneFailed(StackProof.prove(SEED, STACKS, null, out));
  }
}
