// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The short form of the model test. */
final class ModelTest {
  private static final long SEED = 20_240_301;
  private static final int SEQUENCES = 60;

  @Test
  void behavesAsTheReference() {
    ByteArrayOutputStream words = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(words, true, StandardCharsets.UTF_8);
    long failed = ModelProof.prove(ModelSubjects::create, SEED, SEQUENCES, null, out);
    System.out.print(words.toString(StandardCharsets.UTF_8));
    assertThat(failed).as(words.toString(StandardCharsets.UTF_8)).isZero();
  }
}
