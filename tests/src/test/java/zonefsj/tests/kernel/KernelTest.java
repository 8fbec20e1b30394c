// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.kernel;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import zonefsj.tests.fixture.ProofOutput;

/** The short form of the model test through the kernel. */
final class KernelTest {
  private static final long SEED = 20_261_120;
  private static final int SEQUENCES = 300;
  private static final int SEQUENCES_OF_LIBFUSE = 60;

  private final ProofOutput out = new ProofOutput();

  @Test
  void theKernelGivesTheAnswersOfTheReference() throws IOException {
    out.assertNoneFailed(KernelProof.prove(SEED, SEQUENCES, null, out));
  }

  @Test
  void theKernelGivesThemThroughLibfuse() throws IOException {
    out.assertNoneFailed(KernelProof.proveLibfuse(SEED, SEQUENCES_OF_LIBFUSE, null, out));
  }
}
