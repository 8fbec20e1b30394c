// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The short form of the model test through the kernel. */
final class KernelTest {
  private static final long SEED = 20_261_120;
  private static final int SEQUENCES = 300;
  private static final int SEQUENCES_OF_LIBFUSE = 60;

  private final ByteArrayOutputStream words = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(words, true, StandardCharsets.UTF_8);

  @Test
  void theKernelGivesTheAnswersOfTheReference() throws IOException {
    verify(KernelProof.prove(SEED, SEQUENCES, null, out));
  }

  @Test
  void theKernelGivesThemThroughLibfuse() throws IOException {
    verify(KernelProof.proveLibfuse(SEED, SEQUENCES_OF_LIBFUSE, null, out));
  }

  private void verify(long failed) {
    String report = words.toString(StandardCharsets.UTF_8);
    System.out.print(report);
    assertThat(failed).as(report).isZero();
  }
}
