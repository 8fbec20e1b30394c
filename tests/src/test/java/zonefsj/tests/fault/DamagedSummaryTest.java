// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.ZoneView;

/**
 * Where the summary of a chunk is damaged, the extents are searched for what it held: in groups.
 */
class DamagedSummaryTest {
  private static final int PIECES = 1500;
  private static final int PIECE_BYTES = 50;
  private static final int STEP = 120;

  /** The journal takes all of it in one record, so that it is one chunk. */
  private static EmulatedGeometry roomy() {
    return EmulatedGeometry.builder(512L << 20)
        .zoneSizeBytes(4 << 20)
        .maxOpenZones(8)
        .maxActiveZones(10)
        .build();
  }

  private static byte[] write(FaultyVolume drive) throws Exception {
    byte[] expected = new byte[(PIECES - 1) * STEP + PIECE_BYTES];
    for (int piece = 0; piece < PIECES; piece++) {
      byte[] bytes = FaultyVolume.random(piece, PIECE_BYTES);
      drive.write("file", piece * (long) STEP, bytes);
      System.arraycopy(bytes, 0, expected, piece * STEP, PIECE_BYTES);
    }
    drive.fsync("file");
    return expected;
  }

  private static ZoneView zoneOf(FaultyVolume drive) throws Exception {
    ZoneView zone =
        drive.volume().zones().stream()
            .filter(view -> view.role().equals("hot") && view.liveBytes() > 0)
            .findFirst()
            .orElseThrow();
    // All but the piece at 0, which is so short that the index keeps it.
    assertThat(zone.liveBytes()).isEqualTo((PIECES - 1L) * PIECE_BYTES);
    drive.rot.flip(zone.descriptor().startBytes() + 70);
    return zone;
  }

  @Test
  void allItsPiecesAreMoved() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      byte[] expected = write(drive);
      int zone = zoneOf(drive).descriptor().index();
      drive.ram.setReadOnly(zone);
      drive.volume().checkForFailedZones();
      assertThat(drive.volume().zones().get(zone).liveBytes()).isZero();
      assertThat(drive.read("file")).isEqualTo(expected);
      drive.crash(true);
      assertThat(drive.read("file")).isEqualTo(expected);
      drive.ram.setOffline(zone);
      assertThat(drive.read("file")).isEqualTo(expected);
    }
  }

  @Test
  void aScrubVerifiesAllItsPieces() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      byte[] expected = write(drive);
      zoneOf(drive);
      long verified =
          drive.volume().scrub(0, true, () -> true, ProgressListener.NONE).verifiedBytes();
      assertThat(verified).isGreaterThanOrEqualTo((PIECES - 1L) * PIECE_BYTES);
      assertThat(drive.read("file")).isEqualTo(expected);
    }
  }
}
