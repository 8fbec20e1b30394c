package zonefsj.fs.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import zonefsj.zonemgr.ZoneStream;

class ChunkWriterTest {
  @Test
  void aHeadIsCountedWithItsOwnSummaryAtTheEndOfTheStaging() throws IOException {
    for (int small = 120; small < 145; small++) {
      int[] lengths = new int[small + 2];
      Arrays.fill(lengths, 100);
      lengths[0] = (2 << 20) - (140 << 10);
      lengths[small + 1] = 140 << 10;
      try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(16, 8 << 20))) {
        drive.write(ZoneStream.HOT, ChunkDrive.sources(small, lengths));
      }
    }
  }

  @Test
  void aHeadIsCountedWithItsOwnSummaryAtTheEndOfAZone() throws IOException {
    for (int small = 120; small < 145; small++) {
      int[] lengths = new int[small + 2];
      Arrays.fill(lengths, 100);
      lengths[0] = 900 << 10;
      lengths[small + 1] = 300 << 10;
      try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(64, 1 << 20))) {
        drive.write(ZoneStream.HOT, ChunkDrive.sources(small, lengths));
        assertThat(drive.writtenZones()).isEqualTo(2);
        assertThat(Arrays.stream(drive.paddingBytes()).max().orElse(0)).isLessThanOrEqualTo(4096);
      }
    }
  }
}
