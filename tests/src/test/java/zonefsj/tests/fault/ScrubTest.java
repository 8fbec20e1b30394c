// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.ZoneView;
import zonefsj.fs.volume.stored.ScrubRecord;

/** A scrub finds what is damaged, names it, and goes on where it was stopped. */
final class ScrubTest {
  private static final int FILES = 20;
  private static final int FILE_BYTES = 60_000;

  private static FaultyVolume filled() throws Exception {
    FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48));
    for (int file = 0; file < FILES; file++) {
      drive.writeDurably("file" + file, FaultyVolume.random(file, FILE_BYTES));
    }
    drive.volume().checkpoint();
    return drive;
  }

  private static ScrubRecord scrub(FaultyVolume drive) throws Exception {
    return drive.volume().scrub(0, false, () -> true, ProgressListener.NONE);
  }

  @Test
  void aWholeFilesystemIsVerifiedWhole() throws Exception {
    try (FaultyVolume drive = filled()) {
      ScrubRecord end = scrub(drive);
      assertThat(end.isFinished()).isTrue();
      assertThat(end.damages()).isZero();
      assertThat(end.verifiedBytes()).isGreaterThan((long) FILES * FILE_BYTES);
      assertThat(drive.volume().status().scrub())
          .startsWith("finished")
          .contains("nothing damaged");
    }
  }

  @Test
  void whatAPendingBatchReplacesIsNotDamage() throws Exception {
    try (FaultyVolume drive = filled()) {
      drive.write("file0", 100, FaultyVolume.random(77, 20_000));
      drive.truncate("file1", 10);
      drive.unlink("file2");
      assertThat(scrub(drive).damages()).isZero();
      drive.fileSystem().sync();
      assertThat(drive.volume().scrub(0, true, () -> true, ProgressListener.NONE).damages())
          .isZero();
      assertThat(drive.volume().status().errors()).isEmpty();
    }
  }

  @Test
  void damagedDataAreNamed() throws Exception {
    try (FaultyVolume drive = filled()) {
      ZoneView zone =
          drive.volume().zones().stream()
              .filter(view -> view.role().equals("hot") && view.liveBytes() > 100_000)
              .findFirst()
              .orElseThrow();
      drive.rot.flip(zone.descriptor().startBytes() + 40_000);
      // A damaged summary must hide nothing.
      drive.rot.flip(zone.descriptor().startBytes() + 70);
      ScrubRecord end = scrub(drive);
      assertThat(end.isFinished()).isTrue();
      assertThat(end.damages()).isEqualTo(2);
      assertThat(drive.volume().status().errors())
          .singleElement()
          .asString()
          .contains("scrub: zone ")
          .contains("a summary is damaged");
      assertThat(drive.volume().status().lostData())
          .singleElement()
          .asString()
          .containsPattern(" file /file\\d+ offset \\d+\\+4096: checksum mismatch");
    }
  }

  @Test
  void aDamagedCheckpointIsWrittenAgain() throws Exception {
    try (FaultyVolume drive = filled()) {
      for (ZoneView zone : drive.volume().zones()) {
        if (zone.role().equals("checkpoint")) {
          for (long at = 100; at < zone.descriptor().writtenBytes(); at += 4096) {
            drive.rot.flip(zone.descriptor().startBytes() + at);
          }
          break;
        }
      }
      assertThat(scrub(drive).damages()).isPositive();
      assertThat(drive.volume().scrub(0, true, () -> true, ProgressListener.NONE).damages())
          .isZero();
      drive.remount();
      drive.crash(true);
      for (int file = 0; file < FILES; file++) {
        assertThat(drive.read("file" + file)).isEqualTo(FaultyVolume.random(file, FILE_BYTES));
      }
    }
  }

  @Test
  void aScrubOfMetadataEndsWhenItIsToldTo() throws Exception {
    try (FaultyVolume drive = filled()) {
      drive.volume().checkpoint();
      AtomicInteger asked = new AtomicInteger();
      ScrubRecord stopped =
          drive.volume().scrub(0, true, () -> asked.incrementAndGet() == 1, ProgressListener.NONE);
      assertThat(stopped.verifiedBytes()).isZero();
      assertThat(stopped.nextZone()).isZero();
      assertThat(scrub(drive).damages()).isZero();
    }
  }

  @Test
  void aScrubGoesOnWhereItWasStoppedAlsoAfterARemount() throws Exception {
    try (FaultyVolume drive = filled()) {
      AtomicInteger asked = new AtomicInteger();
      ScrubRecord stopped =
          drive.volume().scrub(0, false, () -> asked.incrementAndGet() < 12, ProgressListener.NONE);
      assertThat(stopped.isFinished()).isFalse();
      assertThat(stopped.nextZone()).isPositive();
      assertThat(drive.volume().status().scrub()).contains("paused");
      drive.remount();
      assertThat(drive.volume().status().scrub()).contains("paused");
      ScrubRecord end = scrub(drive);
      assertThat(end.isFinished()).isTrue();
      assertThat(end.begunMillis()).isEqualTo(stopped.begunMillis());
      assertThat(end.verifiedBytes()).isGreaterThan(stopped.verifiedBytes());
    }
  }
}
