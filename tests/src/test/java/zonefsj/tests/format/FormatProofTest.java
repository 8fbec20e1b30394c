// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The short form of the attempts on the decoders. */
class FormatProofTest {
  private static final long SEED = 1;
  private static final int CASES = 10_000;

  @Test
  void decodersMeetAnyBytesWithWords() throws IOException {
    ByteArrayOutputStream words = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(words, true, StandardCharsets.UTF_8);
    long failed = FormatProof.prove(SEED, CASES, null, out);
    assertThat(failed).as(words.toString(StandardCharsets.UTF_8)).isZero();
  }
}
