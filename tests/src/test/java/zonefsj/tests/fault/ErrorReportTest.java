// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.tests.crash.LogSilencer;
import zonefsj.tests.fixture.UsualOptions;

/** What failed in the background is told to whoever asks for durability, and never called done. */
final class ErrorReportTest {
  private static final byte[] DATA = FaultyVolume.random(7, 60_000);

  private static long create(ZoneFileSystem files, String name) throws Exception {
    return files
        .create(
            Caller.ROOT,
            ZoneFileSystem.ROOT_INODE,
            name.getBytes(StandardCharsets.US_ASCII),
            0644,
            OpenFlags.READ_WRITE)
        .handle();
  }

  @Test
  void aFailedFlushIsToldToEveryFsyncFromThenOn() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      ZoneFileSystem files = drive.fileSystem();
      long one = create(files, "one");
      long two = create(files, "two");
      files.write(one, 0, ByteBuffer.wrap(DATA), false);
      drive.script.fail(DeviceOperation.FLUSH, 1, Reason.FLUSH_FAILED);
      // The timer's commit, say.
      assertThatExceptionOfType(IOException.class).isThrownBy(files::sync);
      for (int again = 0; again < 2; again++) {
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> files.fsync(one));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> files.fsync(two));
      }
      assertThatExceptionOfType(IOException.class).isThrownBy(() -> files.flush(one));
      assertThatExceptionOfType(ErrnoException.class)
          .isThrownBy(() -> files.write(two, 0, ByteBuffer.wrap(DATA), false))
          .satisfies(refused -> assertThat(refused.errno()).isEqualTo(Errno.EROFS));
      assertThat(drive.volume().status().readOnly()).isTrue();
    }
  }

  @Test
  void underContinueAnErrorLastsAsLongAsItsCause() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.remount(UsualOptions.goingOn());
      ZoneFileSystem files = drive.fileSystem();
      long one = create(files, "one");
      files.write(one, 0, ByteBuffer.wrap(DATA), false);
      drive.script.failFrom(DeviceOperation.WRITE, 1, Reason.MEDIA);
      assertThatExceptionOfType(IOException.class).isThrownBy(files::sync);
      assertThatExceptionOfType(IOException.class).isThrownBy(() -> files.fsync(one));
      // Nothing is lost meanwhile, and nothing was promised.
      assertThat(drive.read("one")).isEqualTo(DATA);
      drive.script.clear();
      files.fsync(one);
      drive.crash(true);
      assertThat(drive.read("one")).isEqualTo(DATA);
    }
  }

  /** The zone costs its data only, but nobody may believe that they are durable. */
  @Test
  void dataLostBeforeTheyWereDurableAreToldToEachHandleOnce() throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      ZoneFileSystem files = drive.fileSystem();
      long one = create(files, "one");
      long same = files.open(Caller.ROOT, drive.inode("one"), OpenFlags.READ_WRITE);
      long two = create(files, "two");
      byte[] long1 = FaultyVolume.random(1, 1 << 20);
      files.write(one, 0, ByteBuffer.wrap(long1), false);
      files.write(two, 0, ByteBuffer.wrap(DATA), false);
      int zone =
          drive.volume().zones().stream()
              .filter(view -> view.role().equals("cold"))
              .findFirst()
              .orElseThrow()
              .descriptor()
              .index();
      drive.ram.setOffline(zone);
      drive.volume().checkForFailedZones();
      files.fsync(two);
      for (long handle : new long[] {one, same}) {
        assertThatExceptionOfType(ErrnoException.class)
            .isThrownBy(() -> files.fsync(handle))
            .satisfies(told -> assertThat(told.errno()).isEqualTo(Errno.EIO));
        files.fsync(handle);
      }
      assertThat(drive.volume().isReadOnly()).isFalse();
      files.write(one, 0, ByteBuffer.wrap(long1), false);
      files.fsync(one);
      drive.crash(true);
      assertThat(drive.read("one")).isEqualTo(long1);
      assertThat(drive.read("two")).isEqualTo(DATA);
    }
  }

  @Test
  void theEndTellsWhetherChangesAreLost() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
      drive.writeDurably("kept", FaultyVolume.random(1, 60_000));
      assertThat(drive.volume().lostChanges()).isEmpty();
      drive.write("lost", 0, FaultyVolume.random(2, 60_000));
      assertThat(drive.volume().lostChanges()).as("not yet").isEmpty();
      drive.script.failFrom(DeviceOperation.WRITE, 1, Reason.MEDIA);
      assertThatThrownBy(() -> drive.fsync("lost")).isInstanceOf(IOException.class);
      assertThat(drive.volume().isReadOnly()).isTrue();
      assertThat(drive.volume().lostChanges().orElseThrow().isCertain()).isTrue();
      drive.script.clear();
      drive.crash(true);
      assertThat(drive.exists("lost")).isFalse();
      assertThat(drive.volume().lostChanges()).isEmpty();
    }
  }
}
