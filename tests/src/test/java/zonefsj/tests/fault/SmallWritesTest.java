// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.tests.fixture.UsualOptions;

/**
 * Many small writes all over a file, with an fsync now and then, so that they are staged: moving
 * them to zones takes no more memory than may be pending.
 */
class SmallWritesTest {
  private static final long DIRTY_BYTES = 1 << 20;
  private static final long REQUEST_BYTES = 4096;
  private static final Pattern PENDING = Pattern.compile("(\\d+) bytes of (\\d+), at most (\\d+)");

  private static void assertBounded(FaultyVolume drive) {
    String pending = drive.volume().status().caches().get("pending changes");
    assertThat(pending).isNotNull();
    Matcher matcher = PENDING.matcher(pending);
    assertThat(matcher.matches()).as(pending).isTrue();
    assertThat(Long.parseLong(matcher.group(2))).isEqualTo(DIRTY_BYTES);
    assertThat(Long.parseLong(matcher.group(3)))
        .as(pending)
        .isBetween(1L, DIRTY_BYTES / 4 * 5 + REQUEST_BYTES);
  }

  private static void write(FaultyVolume drive, byte[] expected, int at, int length)
      throws ErrnoException, IOException {
    byte[] bytes = FaultyVolume.random(at, length);
    drive.write("file", at, bytes);
    System.arraycopy(bytes, 0, expected, at, length);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 40})
  void theFirstCheckpointAfterACrashIsBoundedByMemory(int length) throws Exception {
    int writes = 4000;
    int step = 2 * length + 17;
    byte[] expected = new byte[writes * step];
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(100))) {
      for (int write = 0; write < writes; write++) {
        write(drive, expected, write * step, length);
        if (write % 100 == 99) {
          drive.fsync("file");
        }
      }
      drive.volume().abandon();
      drive.stores.crash();
      drive.remount(UsualOptions.dirtyBytes(DIRTY_BYTES));
      write(drive, expected, step / 2, length);
      drive.fsync("file");
      drive.volume().checkpoint();
      assertBounded(drive);
      assertThat(drive.read("file")).isEqualTo(Arrays.copyOf(expected, lengthOf(drive)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 40})
  void movingWhatWasStagedIsBoundedByMemory(int length) throws Exception {
    int writes = 6000;
    int step = 2 * length + 17;
    byte[] expected = new byte[writes * step];
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(100))) {
      drive.remount(UsualOptions.dirtyBytes(DIRTY_BYTES));
      for (int write = 0; write < writes; write++) {
        write(drive, expected, write * step, length);
        if (write % 100 == 99) {
          drive.fsync("file");
        }
      }
      assertBounded(drive);
      drive.unmount();
      assertBounded(drive);
      assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings()).isEmpty();
      drive.mountAgain();
      assertThat(drive.read("file")).isEqualTo(Arrays.copyOf(expected, lengthOf(drive)));
      assertThat(drive.volume().status().liveBytes()).isEqualTo((writes - 1L) * length);
      drive.remount(UsualOptions.dirtyBytes(DIRTY_BYTES));
      write(drive, expected, 0, length);
      drive.fsync("file");
      assertBounded(drive);
    }
  }

  private static int lengthOf(FaultyVolume drive) throws ErrnoException, IOException {
    return (int) drive.fileSystem().attributes(drive.inode("file")).sizeBytes();
  }
}
