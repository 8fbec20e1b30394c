// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.CollectorStatus;
import zonefsj.fs.volume.VolumeStatus;
import zonefsj.fs.volume.WriteStatus;
import zonefsj.gc.AmplificationBounds;

/** What the status says of writes and of the collector is what has happened. */
class StatusTest {
  private static final int FILE_BYTES = 1 << 20;

  @Test
  void everyByteOnTheDriveHasAStream() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(100))) {
      long before = drive.volume().status().writes().total().driveBytes();
      for (int round = 0; round < 3; round++) {
        drive.write("file", 0, FaultyVolume.random(round, FILE_BYTES));
        drive.fsync("file");
      }
      drive.volume().runGc(ProgressListener.NONE);
      drive.volume().checkpoint();
      WriteStatus writes = drive.volume().status().writes();
      assertThat(writes.total().applicationBytes()).isEqualTo(3 * FILE_BYTES);
      assertThat(writes.total().driveBytes())
          .isGreaterThan(before + writes.total().applicationBytes());
      assertThat(writes.driveBytesByStream().values().stream().mapToLong(Long::longValue).sum())
          .isEqualTo(writes.total().driveBytes());
      assertThat(bytesOf(writes, "journal")).isPositive();
      assertThat(bytesOf(writes, "checkpoint")).isPositive();
      assertThat(bytesOf(writes, "hot") + bytesOf(writes, "cold")).isGreaterThan(3 * FILE_BYTES);
      assertThat(writes.total().amplification())
          .isEqualTo((double) writes.total().driveBytes() / writes.total().applicationBytes());
      assertThat(writes.recent().applicationBytes()).isEqualTo(3 * FILE_BYTES);
    }
  }

  @Test
  void theBoundIsThatOfTheUtilization() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(100))) {
      assertThat(drive.volume().status().collector().amplificationBound()).isZero();
      drive.write("file", 0, FaultyVolume.random(1, 2 * FILE_BYTES));
      drive.fsync("file");
      VolumeStatus status = drive.volume().status();
      CollectorStatus collector = status.collector();
      assertThat(collector.utilization())
          .isCloseTo((double) status.liveBytes() / status.capacityBytes(), within(0.1));
      assertThat(collector.amplificationBound())
          .isEqualTo(AmplificationBounds.uniform(collector.utilization()));
      assertThat(collector.fill()).hasSize(CollectorStatus.FILL_CLASSES);
      assertThat(collector.fill().get(CollectorStatus.FILL_CLASSES - 1).zones()).isPositive();
    }
  }

  private static long bytesOf(WriteStatus writes, String stream) {
    return writes.driveBytesByStream().getOrDefault(stream, 0L);
  }
}
