// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.RenameMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.check.VolumeChecker;

/**
 * Files of so many extents that a truncate, a punch or a rewrite drops them by ranges of keys: what
 * is read, after a crash and without the index, too, is what was written.
 */
class ManyExtentsTest {
  private static final int PUNCH_HOLE_KEEP_SIZE = 3;
  private static final int FILE_BYTES = 1 << 20;
  private static final int STEP = 1024;

  /** A file on a drive, and what it should hold. */
  private static final class Subject {
    final FaultyVolume drive;
    byte[] expected = new byte[0];

    Subject(FaultyVolume drive) throws ErrnoException, IOException {
      this.drive = drive;
      drive.write("file", 0, new byte[0]);
    }

    void write(int offset, byte[] bytes) throws ErrnoException, IOException {
      drive.write("file", offset, bytes);
      expected = Arrays.copyOf(expected, Math.max(expected.length, offset + bytes.length));
      System.arraycopy(bytes, 0, expected, offset, bytes.length);
    }

    /** An extent in each step, some in zones, some staged. */
    void scatter(int seed) throws ErrnoException, IOException {
      Random random = new Random(seed);
      for (int at = 0; at < FILE_BYTES; at += STEP) {
        byte[] bytes = new byte[1 + random.nextInt(STEP - 1)];
        random.nextBytes(bytes);
        write(at + random.nextInt(STEP - bytes.length), bytes);
        if (random.nextInt(40) == 0) {
          drive.fsync("file");
        }
      }
      drive.fsync("file");
    }

    void truncate(int size) throws ErrnoException, IOException {
      drive
          .fileSystem()
          .setAttributes(Caller.ROOT, drive.inode("file"), AttributeChange.ofSize(size));
      expected = Arrays.copyOf(expected, size);
    }

    void truncateByOpen() throws ErrnoException, IOException {
      long handle =
          drive
              .fileSystem()
              .open(
                  Caller.ROOT, drive.inode("file"), new OpenFlags(true, true, false, true, false));
      drive.fileSystem().release(handle);
      expected = new byte[0];
    }

    void punch(int from, int to) throws ErrnoException, IOException {
      long handle = drive.fileSystem().open(Caller.ROOT, drive.inode("file"), OpenFlags.READ_WRITE);
      drive.fileSystem().allocate(handle, PUNCH_HOLE_KEEP_SIZE, from, to - from);
      drive.fileSystem().release(handle);
      Arrays.fill(expected, from, to, (byte) 0);
    }

    void checkNowAndAfterCrashes() throws ErrnoException, IOException {
      assertThat(drive.read("file")).isEqualTo(expected);
      drive.fsync("file");
      assertThat(drive.read("file")).isEqualTo(expected);
      drive.crash(true);
      assertThat(drive.read("file")).isEqualTo(expected);
      assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void rangesInOneBatchDropWhatTheyCoverAndNothingElse(int seed) throws Exception {
    Random random = new Random(seed);
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      Subject file = new Subject(drive);
      file.scatter(seed);
      for (int round = 0; round < 6; round++) {
        int changes = 1 + random.nextInt(6);
        for (int change = 0; change < changes; change++) {
          int size = file.expected.length;
          int from = random.nextInt(size);
          int to = from + 1 + random.nextInt(size - from);
          if (random.nextBoolean()) {
            file.punch(from, to);
          } else {
            byte[] bytes = new byte[Math.min(to - from, 1 + random.nextInt(300_000))];
            random.nextBytes(bytes);
            file.write(from, bytes);
          }
        }
        if (random.nextInt(3) == 0) {
          file.truncate(random.nextInt(file.expected.length) + 1);
          file.write(file.expected.length + 100, new byte[] {1, 2, 3});
        }
        file.checkNowAndAfterCrashes();
        file.scatter(seed * 100 + round);
      }
    }
  }

  @Test
  void openingWithTruncateLeavesNothing() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      Subject file = new Subject(drive);
      file.scatter(9);
      file.truncateByOpen();
      file.checkNowAndAfterCrashes();
      assertThat(drive.volume().status().liveBytes()).isZero();
      file.scatter(10);
      file.truncateByOpen();
      file.write(5, new byte[] {1, 2, 3});
      file.checkNowAndAfterCrashes();
    }
  }

  /** How a file loses very many extents. */
  private enum Drop {
    UNLINK,
    UNLINK_OPEN,
    REPLACE,
    TRUNCATE,
    PUNCH,
    COPY_HOLE
  }

  /**
   * A commit holds up everybody who waits for durability, so it must not visit all of them. The
   * sums that it uses instead must be right: the check compares them with the extents.
   */
  @ParameterizedTest
  @EnumSource(Drop.class)
  void noScanVisitsAllExtentsOfAFileThatGoes(Drop drop) throws Exception {
    int extents = 50_000;
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(400))) {
      drive.unmount();
      LongestScan scans = new LongestScan(drive.stores);
      drive.use(
          FaultyVolume.mounting(new SplittableRandom(9), scans).background(true).on(drive.device));
      ZoneFileSystem fileSystem = drive.fileSystem();
      drive.write("other", 0, new byte[5000]);
      drive.write("file", 0, new byte[1]);
      long handle = fileSystem.open(Caller.ROOT, drive.inode("file"), OpenFlags.READ_WRITE);
      byte[] bytes = FaultyVolume.random(1, 100);
      for (int extent = 0; extent < extents; extent++) {
        fileSystem.write(handle, (long) extent * STEP, ByteBuffer.wrap(bytes), false);
        if (extent % 100 == 0) {
          // Some are staged.
          fileSystem.fsync(handle);
        }
      }
      fileSystem.fsync(handle);
      if (drop != Drop.UNLINK_OPEN) {
        fileSystem.release(handle);
      }
      scans.take();
      switch (drop) {
        case UNLINK -> fileSystem.unlink(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name("file"));
        case UNLINK_OPEN -> {
          fileSystem.unlink(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name("file"));
          drive.fsync("other");
          fileSystem.release(handle);
        }
        case REPLACE ->
            fileSystem.rename(
                Caller.ROOT,
                ZoneFileSystem.ROOT_INODE,
                name("other"),
                ZoneFileSystem.ROOT_INODE,
                name("file"),
                RenameMode.REPLACE);
        case TRUNCATE ->
            fileSystem.setAttributes(
                Caller.ROOT, drive.inode("file"), AttributeChange.ofSize(STEP + 50));
        case PUNCH -> {
          drive.write("file", 0, FaultyVolume.random(2, 3 * STEP));
          long punched = fileSystem.open(Caller.ROOT, drive.inode("file"), OpenFlags.READ_WRITE);
          fileSystem.allocate(
              punched, PUNCH_HOLE_KEEP_SIZE, STEP + 50, (long) (extents - 2) * STEP);
          fileSystem.release(punched);
        }
        case COPY_HOLE -> {
          fileSystem.setAttributes(
              Caller.ROOT, drive.inode("other"), AttributeChange.ofSize((long) extents * STEP));
          long from = fileSystem.open(Caller.ROOT, drive.inode("other"), OpenFlags.READ_WRITE);
          long to = fileSystem.open(Caller.ROOT, drive.inode("file"), OpenFlags.READ_WRITE);
          long at = 0;
          while (at < (long) extents * STEP) {
            at += fileSystem.copy(from, at, to, at, (long) extents * STEP - at);
          }
          fileSystem.release(from);
          fileSystem.release(to);
        }
      }
      drive.write("last", 0, new byte[5000]);
      drive.fsync("last");
      for (int polls = 0; drive.volume().status().liveBytes() >= 20_000 && polls < 600; polls++) {
        // A large file is deleted in the background.
        Thread.sleep(100);
        drive.fsync("last");
        drive.write("last", 0, new byte[5000]);
      }
      assertThat(scans.take()).isLessThan(5000);
      assertThat(drive.volume().status().liveBytes()).isLessThan(20_000);
      drive.crash(true);
      assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings()).isEmpty();
      if (drop == Drop.TRUNCATE) {
        assertThat(drive.read("file")).hasSize(STEP + 50).endsWith(Arrays.copyOf(bytes, 50));
      }
    }
  }

  private static byte[] name(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }
}
