// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.Defragmented;
import zonefsj.fs.volume.check.VolumeChecker;

/** Files that lie scattered are read with few accesses after they were rewritten. */
class DefragmentTest {
  private static final int FILE_BYTES = 6 << 20;
  private static final int BLOCK_BYTES = 4096;
  private static final int REQUEST_BYTES = 128 << 10;

  /** One for a request, and some for steps into other zones. */
  private static final int FEW_READS = FILE_BYTES / REQUEST_BYTES * 3 / 2;

  private static final int OVERWRITES = 300;

  private final SplittableRandom random = new SplittableRandom(1);
  private final byte[] expected = FaultyVolume.random(1, FILE_BYTES);

  private static FaultyVolume drive() throws IOException {
    return new FaultyVolume(
        EmulatedGeometry.builder(64L << 20)
            .zoneSizeBytes(1 << 20)
            .maxOpenZones(8)
            .maxActiveZones(10)
            .build());
  }

  private void scatter(FaultyVolume drive) throws ErrnoException, IOException {
    drive.writeDurably("file", expected);
    for (int write = 0; write < OVERWRITES; write++) {
      overwrite(drive);
      if (write % 10 == 0) {
        drive.volume().checkpoint();
        drive.writeDurably("other" + write, FaultyVolume.random(write, 100 * BLOCK_BYTES / 2));
      }
    }
    drive.fsync("file");
  }

  private void overwrite(FaultyVolume drive) throws ErrnoException, IOException {
    int at = random.nextInt(FILE_BYTES / BLOCK_BYTES) * BLOCK_BYTES;
    byte[] bytes = FaultyVolume.random(random.nextInt(), BLOCK_BYTES);
    drive.write("file", at, bytes);
    System.arraycopy(bytes, 0, expected, at, BLOCK_BYTES);
  }

  private static Defragmented defragment(FaultyVolume drive) throws IOException {
    return drive.volume().defragment(() -> true, ProgressListener.NONE);
  }

  /** Reads the file after a mount, and returns how often the drive was read for it. */
  private long readsOf(FaultyVolume drive) throws ErrnoException, IOException {
    drive.remount();
    drive.inode("file");
    long before = drive.device.begun(DeviceOperation.READ);
    for (int at = 0; at < FILE_BYTES; at += REQUEST_BYTES) {
      assertThat(drive.read("file", at, REQUEST_BYTES))
          .isEqualTo(Arrays.copyOfRange(expected, at, at + REQUEST_BYTES));
    }
    return drive.device.begun(DeviceOperation.READ) - before;
  }

  @Test
  void aScatteredFileIsReadInOrderAfterwards() throws Exception {
    try (FaultyVolume drive = drive()) {
      scatter(drive);
      long before = readsOf(drive);
      Defragmented first = defragment(drive);
      assertThat(first.isFinished()).isTrue();
      assertThat(first.rewrittenBytes()).isBetween((long) FILE_BYTES, 2L * FILE_BYTES);
      assertThat(first.examinedBytes()).isGreaterThanOrEqualTo(first.rewrittenBytes());
      assertThat(before).isGreaterThan(200);
      assertThat(readsOf(drive)).isLessThan(FEW_READS);
      assertThat(defragment(drive).rewrittenBytes()).as("there is nothing left to do").isZero();
      drive.volume().runGc(ProgressListener.NONE);
      drive.unmount();
      assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings()).isEmpty();
      drive.mountAgain();
      assertThat(readsOf(drive)).isLessThan(FEW_READS);
    }
  }

  @Test
  void whatIsWrittenMeanwhileIsThere() throws Exception {
    try (FaultyVolume drive = drive()) {
      scatter(drive);
      AtomicInteger steps = new AtomicInteger();
      Defragmented done =
          drive
              .volume()
              .defragment(
                  () -> {
                    try {
                      overwrite(drive);
                      if (steps.incrementAndGet() % 2 == 0) {
                        drive.fsync("file");
                      }
                      return true;
                    } catch (ErrnoException | IOException e) {
                      throw new AssertionError(e);
                    }
                  },
                  ProgressListener.NONE);
      assertThat(steps).hasValueGreaterThan(1);
      assertThat(done.isFinished()).isTrue();
      assertThat(drive.read("file")).isEqualTo(expected);
      drive.unmount();
      assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings()).isEmpty();
      drive.mountAgain();
      assertThat(drive.read("file")).isEqualTo(expected);
    }
  }

  /** Extents that are cut after they were moved, before the collector comes to their old place. */
  @Test
  void nothingIsMovedTwiceInOneRecord() throws Exception {
    int length = 24 << 20;
    int block = 8192;
    byte[] bytes = FaultyVolume.random(2, length);
    try (FaultyVolume drive =
        new FaultyVolume(
            EmulatedGeometry.builder(384L << 20)
                .zoneSizeBytes(16 << 20)
                .maxOpenZones(8)
                .maxActiveZones(10)
                .build())) {
      drive.writeDurably("file", bytes);
      for (int from = 0; from < 2 * block; from += block) {
        for (int at = from; at < length; at += 5 * block) {
          put(drive, bytes, at, block);
        }
        drive.volume().checkpoint();
      }
      AtomicInteger asked = new AtomicInteger();
      drive
          .volume()
          .runGc(
              100,
              () -> {
                if (asked.incrementAndGet() == 4) {
                  AtomicInteger steps = new AtomicInteger();
                  rewrite(drive, () -> steps.incrementAndGet() < 12);
                  for (int at = 3 * block; at < length; at += 5 * block) {
                    put(drive, bytes, at + 100, 1000);
                  }
                  commit(drive);
                }
                return true;
              },
              ProgressListener.NONE);
      assertThat(asked).hasValueGreaterThan(4);
      assertThat(drive.volume().isReadOnly()).isFalse();
      assertThat(drive.read("file")).isEqualTo(bytes);
      drive.unmount();
      assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings()).isEmpty();
      drive.mountAgain();
      assertThat(drive.read("file")).isEqualTo(bytes);
    }
  }

  private static void rewrite(FaultyVolume drive, BooleanSupplier goOn) {
    try {
      drive.volume().defragment(goOn, ProgressListener.NONE);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void commit(FaultyVolume drive) {
    try {
      drive.fsync("file");
    } catch (ErrnoException | IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void put(FaultyVolume drive, byte[] content, int at, int length) {
    byte[] bytes = FaultyVolume.random(at, length);
    try {
      drive.write("file", at, bytes);
    } catch (ErrnoException | IOException e) {
      throw new AssertionError(e);
    }
    System.arraycopy(bytes, 0, content, at, length);
  }

  @Test
  void aFrozenVolumeIsNotChanged() throws Exception {
    try (FaultyVolume drive = drive()) {
      scatter(drive);
      AtomicInteger steps = new AtomicInteger();
      assertThatThrownBy(
              () ->
                  drive
                      .volume()
                      .defragment(
                          () -> {
                            if (steps.incrementAndGet() == 2) {
                              freeze(drive);
                            }
                            return true;
                          },
                          ProgressListener.NONE))
          .hasMessageContaining("frozen");
      assertThat(steps).hasValue(2);
      long changes = changes(drive);
      assertThatThrownBy(() -> defragment(drive)).hasMessageContaining("frozen");
      assertThat(changes(drive)).isEqualTo(changes);
      drive.volume().thaw();
      assertThat(defragment(drive).isFinished()).isTrue();
      assertThat(drive.read("file")).isEqualTo(expected);
    }
  }

  private static long changes(FaultyVolume drive) {
    return drive.device.begun(DeviceOperation.WRITE)
        + drive.device.begun(DeviceOperation.APPEND)
        + drive.device.begun(DeviceOperation.RESET)
        + drive.device.begun(DeviceOperation.FINISH);
  }

  private static void freeze(FaultyVolume drive) {
    try {
      drive.volume().freeze();
    } catch (ErrnoException | IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void itEndsWhenItIsTold() throws Exception {
    try (FaultyVolume drive = drive()) {
      scatter(drive);
      Defragmented none = drive.volume().defragment(() -> false, ProgressListener.NONE);
      assertThat(none.isFinished()).isFalse();
      assertThat(none.lacksRoom()).isFalse();
      assertThat(drive.read("file")).isEqualTo(expected);
    }
  }

  /** An unreadable place may be readable again, and nothing of it is given up. */
  @Test
  void whatCannotBeReadStaysWhereItIs() throws Exception {
    try (FaultyVolume drive = drive()) {
      scatter(drive);
      drive.remount();
      for (int read = 5; read < 200; read++) {
        drive.script.fail(DeviceOperation.READ, read, Reason.MEDIA);
      }
      assertThat(defragment(drive).isFinished()).isTrue();
      drive.remount();
      assertThat(drive.read("file")).isEqualTo(expected);
      drive.unmount();
      assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings()).isEmpty();
      drive.mountAgain();
    }
  }

  @Test
  void aFullDriveStaysAsItIs() throws Exception {
    try (FaultyVolume drive = drive()) {
      scatter(drive);
      int fillers = 0;
      try {
        for (; fillers < 10_000; fillers++) {
          drive.writeDurably("filler" + fillers, FaultyVolume.random(fillers, 60_000));
        }
      } catch (ErrnoException full) {
        assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
      }
      Defragmented done = defragment(drive);
      assertThat(done.isFinished()).isNotEqualTo(done.lacksRoom());
      assertThat(drive.volume().isReadOnly()).isFalse();
      assertThat(drive.read("file")).isEqualTo(expected);
      for (int file = 0; file < fillers; file += 2) {
        drive.unlink("filler" + file);
      }
      assertThat(defragment(drive).isFinished()).isTrue();
      assertThat(readsOf(drive)).isLessThan(FEW_READS);
    }
  }
}
