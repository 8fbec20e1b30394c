// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A database works on a mirror whose members go, return, rot and grow. */
final class MirrorTest {
  private static final int SCALE = 1;
  private static final int COMMITS = 20;
  private static final int FLIPS = 200;
  private static final long FLIP_MILLIS = 15;

  @Test
  void aDatabaseSeesNothingOfWhatHappensToTheImages() throws Exception {
    try (MirrorProof proof = new MirrorProof(SCALE, COMMITS, FLIPS, FLIP_MILLIS)) {
      assertThat(proof.replace(1)).contains("commits are there");
      assertThat(proof.rot(1)).contains("bits flipped");
      assertThat(proof.resize(1)).contains("commits are there");
    }
  }

  @Test
  void aDatabaseSeesNothingOfAStoreThatIsAway() throws Exception {
    try (AwayStoreProof proof = new AwayStoreProof(SCALE, COMMITS)) {
      assertThat(proof.round(1)).contains("commits are there");
    }
  }
}
