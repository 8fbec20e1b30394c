// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.fault.Fault;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.XattrMode;
import zonefsj.fs.volume.ZoneView;
import zonefsj.tests.crash.LogSilencer;
import zonefsj.tests.fixture.UsualOptions;

/** A mount with errors=continue goes on after an error, and keeps every promise. */
class ContinueAfterErrorsTest {
  private static final int ATTEMPTS = 16;
  private static final int MANY = 3000;

  private static List<Integer> zonesOf(FaultyVolume drive, String role) throws IOException {
    return drive.volume().zones().stream()
        .filter(zone -> zone.role().equals(role))
        .map(ZoneView::descriptor)
        .map(zone -> zone.index())
        .toList();
  }

  @Test
  void aCheckpointMovesNoStagedDataOverABatchThatWaits() throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.remount(UsualOptions.goingOn());
      byte[] old = FaultyVolume.random(1, 8_000);
      byte[] newer = FaultyVolume.random(2, 60_000);
      drive.writeDurably("f", old);
      drive.write("f", 0, newer);
      for (int nth = 1; nth <= ATTEMPTS; nth++) {
        drive.script.fail(DeviceOperation.WRITE, nth, Reason.MEDIA);
      }
      assertThatThrownBy(() -> drive.fsync("f")).isInstanceOf(IOException.class);
      drive.script.clear();
      // A dying zone of the metadata is replaced by a checkpoint at once.
      drive.ram.setReadOnly(zonesOf(drive, "journal").get(0));
      drive.volume().checkForFailedZones();
      drive.fsync("f");
      assertThat(drive.volume().status().readOnly()).isFalse();
      assertThat(drive.read("f")).isEqualTo(newer);
      drive.crash(true);
      assertThat(drive.read("f")).isEqualTo(newer);
    }
  }

  /** What waits for a commit that cannot be placed is no reason to wait for ever. */
  @Test
  @Timeout(60)
  void aWriterDoesNotWaitForCommitsThatAreGivenUp() throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(120))) {
      drive.remount(UsualOptions.goingOn(1 << 20));
      byte[] chunk = FaultyVolume.random(1, 200_000);
      for (int nth = 1; nth <= MANY; nth++) {
        drive.script.fail(DeviceOperation.WRITE, nth, Reason.MEDIA);
      }
      int written = 0;
      Errno refused = null;
      while (refused == null && written < 40) {
        try {
          drive.write("f" + written, 0, chunk);
          written++;
        } catch (ErrnoException full) {
          refused = full.errno();
        }
      }
      assertThat(refused).isEqualTo(Errno.EIO);
      assertThat(written).isPositive();
      drive.script.clear();
      drive.fsync("f0");
      drive.writeDurably("later", chunk);
      for (int file = 0; file < written; file++) {
        assertThat(drive.read("f" + file)).isEqualTo(chunk);
      }
      assertThat(drive.volume().status().readOnly()).isFalse();
    }
  }

  /** Fills the journal by so many records of 50,000 bytes. */
  private static void fillJournal(FaultyVolume drive, int records)
      throws ErrnoException, IOException {
    for (int record = 0; record < records; record++) {
      drive
          .fileSystem()
          .setXattr(
              Caller.ROOT,
              drive.inode("f"),
              ("user.a" + record % 4).getBytes(StandardCharsets.US_ASCII),
              FaultyVolume.random(record, 50_000),
              XattrMode.ANY);
      drive.fileSystem().sync();
    }
  }

  @Test
  void aRootThatCannotBeWrittenLeavesTheJournalWhole() throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.remount(UsualOptions.goingOn());
      byte[] content = FaultyVolume.random(1, 30_000);
      drive.writeDurably("f", content);
      fillJournal(drive, 5);
      long checkpoints = drive.volume().status().checkpoints();
      List<Integer> superblock = zonesOf(drive, "superblock");
      assertThat(superblock).hasSize(2);
      for (int zone : superblock) {
        for (int nth = 1; nth <= ATTEMPTS; nth++) {
          drive.script.onZone(zone, DeviceOperation.WRITE, nth, new Fault.Fail(Reason.MEDIA));
        }
      }
      drive.volume().checkpoint();
      assertThat(drive.volume().status().checkpoints()).isEqualTo(checkpoints);
      drive.script.clear();
      // The next segment begins with a superblock entry that names the whole journal, or a
      // checkpoint.
      fillJournal(drive, 5);
      drive.crash(true);
      assertThat(drive.read("f")).isEqualTo(content);
      assertThat(drive.volume().status().readOnly()).isFalse();
    }
  }

  @Test
  void zonesOfSegmentsThatFailedComeBackWithTheNextCheckpoint() throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.remount(UsualOptions.goingOn());
      drive.writeDurably("f", FaultyVolume.random(1, 30_000));
      drive.volume().checkpoint();
      int usual = zonesOf(drive, "journal").size();
      for (int round = 0; round < 5; round++) {
        // The record, then the head of the segment that is to take it.
        drive.script.fail(DeviceOperation.WRITE, 1, Reason.MEDIA);
        drive.script.on(DeviceOperation.WRITE, 2, new Fault.Tear(1));
        fillJournal(drive, 1);
        drive.script.clear();
        drive.volume().checkpoint();
        assertThat(zonesOf(drive, "journal")).hasSizeLessThanOrEqualTo(usual + 1);
      }
      assertThat(drive.volume().status().readOnly()).isFalse();
    }
  }
}
