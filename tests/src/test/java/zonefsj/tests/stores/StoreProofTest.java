// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.tests.fixture.ProofOutput;

/** The short form. */
@Timeout(240)
class StoreProofTest {
  private static final long SEED = 1;
  private static final int LOADS = 60;

  @Test
  void drivesOnStoresKeepWhatTheyPromise() throws Exception {
    ProofOutput out = new ProofOutput();
    out.assertNoneFailed(StoreProof.prove(SEED, LOADS, null, out));
  }
}
