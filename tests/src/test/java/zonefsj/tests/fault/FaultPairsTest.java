// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import org.junit.jupiter.api.Test;
import zonefsj.tests.fixture.ProofOutput;

/** The short form of {@code tests/prove faultpairs}. */
class FaultPairsTest {
  @Test
  void twoFaultsThatCostNothingAloneCostNothingTogether() throws Exception {
    ProofOutput out = new ProofOutput();
    out.assertNoneFailed(FaultPairsProof.prove(14, 200, null, out));
  }
}
