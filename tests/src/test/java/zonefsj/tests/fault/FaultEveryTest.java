// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.fault.Fault;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.ErrnoException;
import zonefsj.tests.crash.LogSilencer;

/** One fault at each access of a workload in turn. */
class FaultEveryTest {
  private static long accesses(DeviceOperation operation) throws IOException {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      long before = drive.device.begun(operation);
      RewrittenFiles story = RewrittenFiles.on(drive);
      assertThat(story.error()).isNull();
      return drive.device.begun(operation) - before;
    }
  }

  private static @Nullable String faultAt(
      DeviceOperation operation,
      long nth,
      Fault fault,
      boolean mayLose,
      DeviceOperation... failToo) {
    String what = fault + " at " + operation + " " + nth + ": ";
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.script.on(operation, nth, fault);
      for (DeviceOperation next : failToo) {
        drive.script.fail(next, 1, Reason.MEDIA);
      }
      RewrittenFiles story = RewrittenFiles.on(drive);
      if (story.error() != null) {
        return what + "the application saw " + story.error() + RewrittenFiles.stack(story.error());
      }
      String wrong = story.compareWith(drive, mayLose);
      if (wrong != null) {
        return what + wrong;
      }
      drive.crash(nth % 2 == 0);
      wrong = story.compareWith(drive, mayLose);
      if (wrong != null) {
        return what + "after a crash: " + wrong;
      }
      drive.writeDurably("later", FaultyVolume.random(99, 30_000));
      drive.remount();
      return drive.volume().status().readOnly() ? what + "read-only in the end" : null;
    } catch (ErrnoException | IOException | RuntimeException failed) {
      return what + "afterwards " + failed + RewrittenFiles.stack(failed);
    }
  }

  private static void everywhere(
      DeviceOperation operation, Fault fault, boolean mayLose, DeviceOperation... failToo)
      throws IOException {
    List<String> wrong = new ArrayList<>();
    long last;
    LogSilencer quiet = new LogSilencer();
    try (quiet) {
      last = accesses(operation);
      for (long nth = 1; nth <= last; nth++) {
        String report = faultAt(operation, nth, fault, mayLose, failToo);
        if (report != null) {
          wrong.add(report);
        }
      }
    }
    System.out.printf(
        "fault: %s at each of %d %s accesses: %d wrong%n", fault, last, operation, wrong.size());
    assertThat(wrong).isEmpty();
    assertThat(last).isPositive();
  }

  @Test
  void aFailedWriteIsDoneElsewhere() throws IOException {
    everywhere(DeviceOperation.WRITE, new Fault.Fail(Reason.MEDIA), false);
  }

  @Test
  void aFailedWriteIsDoneElsewhereThoughItsZoneCannotBeFinished() throws IOException {
    everywhere(DeviceOperation.WRITE, new Fault.Fail(Reason.MEDIA), false, DeviceOperation.FINISH);
  }

  @Test
  void aTornWriteIsDoneElsewhere() throws IOException {
    everywhere(DeviceOperation.WRITE, new Fault.Tear(1), false);
  }

  @Test
  void aZoneThatTurnsReadOnlyCostsNothing() throws IOException {
    everywhere(DeviceOperation.WRITE, new Fault.WearReadOnly(), false);
  }

  @Test
  void aZoneThatDiesCostsOnlyItsFiles() throws IOException {
    everywhere(DeviceOperation.WRITE, new Fault.WearOffline(), true);
  }

  @Test
  void aFailedResetCostsNothing() throws IOException {
    everywhere(DeviceOperation.RESET, new Fault.Fail(Reason.MEDIA), false);
  }

  @Test
  void aZoneThatDiesInItsResetCostsNothing() throws IOException {
    everywhere(DeviceOperation.RESET, new Fault.WearOffline(), false);
  }

  @Test
  void aZoneThatTurnsReadOnlyInItsResetCostsNothing() throws IOException {
    everywhere(DeviceOperation.RESET, new Fault.WearReadOnly(), false);
  }

  /** Short zones: superblock zones are started over, which begins with a flush of its own. */
  private static FaultyVolume ofShortZones() throws IOException {
    return new FaultyVolume(
        EmulatedGeometry.builder(100L << 16)
            .zoneSizeBytes(1 << 16)
            .maxOpenZones(8)
            .maxActiveZones(10)
            .build());
  }

  @Test
  void aFailedFlushEndsWritingAndIsNeverMadeUpFor() throws Exception {
    long last;
    LogSilencer quiet = new LogSilencer();
    try (quiet) {
      try (FaultyVolume drive = ofShortZones()) {
        long before = drive.device.begun(DeviceOperation.FLUSH);
        assertThat(RewrittenFiles.on(drive).error()).isNull();
        last = drive.device.begun(DeviceOperation.FLUSH) - before;
      }
      for (long nth = 1; nth <= last; nth++) {
        try (FaultyVolume drive = ofShortZones()) {
          drive.script.fail(DeviceOperation.FLUSH, nth, Reason.FLUSH_FAILED);
          RewrittenFiles story = RewrittenFiles.on(drive);
          assertThat(story.error()).as("flush %d: an error", nth).isNotNull();
          assertThat(drive.volume().status().readOnly()).as("flush %d: read-only", nth).isTrue();
          drive.script.clear();
          drive.crash(nth % 2 == 0);
          for (Map.Entry<String, byte[]> file : story.acknowledged().entrySet()) {
            // What came after the last fsync may be there, or not.
            assertThat(drive.read(file.getKey()))
                .as("flush %d, %s", nth, file.getKey())
                .isIn(file.getValue(), story.content().get(file.getKey()), new byte[0]);
          }
        }
      }
    }
    System.out.printf("fault: each of %d flushes failed%n", last);
    assertThat(last).isPositive();
  }

  @Test
  void aZoneThatCannotEvenBeFilledIsGivenUp() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      // With its summary, all of a zone but a block, in which no data fits behind another summary.
      byte[] first = FaultyVolume.random(1, (192 << 10) - 2 * 4096);
      byte[] second = FaultyVolume.random(2, 50_000);
      drive.writeDurably("first", first);
      drive.script.on(DeviceOperation.WRITE, 1, new Fault.Fail(Reason.MEDIA));
      drive.writeDurably("second", second);
      assertThat(drive.read("first")).isEqualTo(first);
      assertThat(drive.read("second")).isEqualTo(second);
      assertThat(drive.volume().status().readOnly()).isFalse();
    }
  }
}
