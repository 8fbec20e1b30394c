// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The short form of the comparison with the model. */
class DriveProofTest {
  private static final long SEED = 1;
  private static final int SEQUENCES = 40;

  @Test
  void drivesAnswerAsTheModel() throws IOException {
    ByteArrayOutputStream words = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(words, true, StandardCharsets.UTF_8);
    long failed = DriveProof.prove(SEED, SEQUENCES, null, out);
    assertThat(failed).as(words.toString(StandardCharsets.UTF_8)).isZero();
  }
}
