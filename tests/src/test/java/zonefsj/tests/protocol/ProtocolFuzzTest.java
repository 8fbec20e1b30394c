// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.protocol;

import org.junit.jupiter.api.Test;
import zonefsj.tests.fixture.ProofOutput;

/** Requests that no kernel sends. */
final class ProtocolFuzzTest {
  @Test
  void whateverComesIsAnswered() {
    ProofOutput out = new ProofOutput();
    out.assertNoneFailed(ProtocolProof.prove(20_000, ProtocolProof.REQUESTS_BY_DEFAULT, null, out));
  }
}
