// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.tests.fixture.ProofOutput;

/**
 * The short form of {@code tests/prove soak}, {@code overwrite} and {@code filldelete}: fixed
 * numbers, among them those that found the faults that the long form was made for.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SoakTest {
  private static final double SECONDS = 3;

  private static void assertSeedsHold(String subject, long... seeds) throws Exception {
    assertSeedsHold(subject, SECONDS, seeds);
  }

  private static void assertSeedsHold(String subject, double seconds, long... seeds)
      throws Exception {
    ProofOutput out = new ProofOutput();
    SoakProof proof = new SoakProof(subject, seconds, out);
    long failed = 0;
    for (long seed : seeds) {
      failed += proof.run(seed, 1, null, 0);
    }
    out.assertNoneFailed(failed);
  }

  /** In this process, where the drive can fail. */
  @Test
  void volumesHoldUnderLoad() throws Exception {
    assertSeedsHold("volume", 100, 101, 103, 109, 111, 112, 124);
  }

  @Test
  void mountsHoldUnderLoad() throws Exception {
    assertSeedsHold("mount", 203, 206, 207, 211, 215, 216);
  }

  /**
   * Tiny pieces on a tiny drive: the index takes zones of file data, and images must find theirs.
   * It takes some seconds until they are short.
   */
  @Test
  void imagesFindTheirZones() throws Exception {
    assertSeedsHold("volume", 25, 215);
  }

  /** Twice the drive at 95 % of what statfs promises. */
  @Test
  void blocksAreOverwrittenForEver() throws Exception {
    SoakShape shape = SoakShape.parse("256x1M");
    OverwriteCase load = new OverwriteCase("256x1M", 95, 1000, 2);
    SoakSubject subject =
        SoakSubjects.open(
            "volume",
            Files.createTempDirectory("zj").toRealPath(),
            shape,
            SoakSettings.DEFAULT,
            SoakFaults.NONE);
    try {
      String words = new OverwriteRun(load, subject, 14, System.out).run(2 * shape.sizeBytes());
      System.out.println(load.name() + ": " + words);
    } finally {
      subject.end();
    }
  }

  /** Drives are filled and emptied with files of each kind, the smallest one, too. */
  @ParameterizedTest
  @ValueSource(
      strings = {"24x1M-tiny", "24x1M-mixed", "24x1M-large", "24x1M+64K-large", "256x1M-tiny"})
  void whatIsDeletedComesBack(String one) throws Exception {
    ProofOutput out = new ProofOutput();
    out.assertNoneFailed(FillDeleteProof.prove("volume", one, 14, 2, null, out));
  }
}
