// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import org.junit.jupiter.api.Test;
import zonefsj.tests.fixture.ProofOutput;

/** The short form of the model test. */
final class ModelTest {
  private static final long SEED = 20_240_301;
  private static final int SEQUENCES = 60;

  @Test
  void behavesAsTheReference() {
    ProofOutput out = new ProofOutput();
    out.assertNoneFailed(ModelProof.prove(ModelSubjects::create, SEED, SEQUENCES, null, out));
  }
}
