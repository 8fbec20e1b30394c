// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import zonefsj.tests.fixture.ProofOutput;

/** The short form of the attempts on the decoders. */
class FormatProofTest {
  private static final long SEED = 1;
  private static final int CASES = 10_000;

  @Test
  void decodersMeetAnyBytesWithWords() throws IOException {
    ProofOutput out = new ProofOutput();
    out.assertNoneFailed(FormatProof.prove(SEED, CASES, null, out));
  }
}
