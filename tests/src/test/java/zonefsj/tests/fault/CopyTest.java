// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.VolumeChecker;

/** Copies within the filesystem, and files without a name, when something goes wrong. */
class CopyTest {
  private static long open(FaultyVolume drive, String path) throws ErrnoException, IOException {
    return drive.fileSystem().open(Caller.ROOT, drive.inode(path), OpenFlags.READ_WRITE);
  }

  /** Copies until nothing is left. */
  private static long copyAll(FaultyVolume drive, String from, String to)
      throws ErrnoException, IOException {
    long source = open(drive, from);
    long target = open(drive, to);
    try {
      long done = 0;
      long count;
      do {
        count = drive.fileSystem().copy(source, done, target, done, Long.MAX_VALUE);
        done += count;
      } while (count > 0);
      return done;
    } finally {
      drive.fileSystem().release(source);
      drive.fileSystem().release(target);
    }
  }

  private static void assertRefused(Errno errno, FaultyVolume drive) {
    assertThatThrownBy(() -> copyAll(drive, "from", "to"))
        .isInstanceOfSatisfying(
            ErrnoException.class, refused -> assertThat(refused.errno()).isEqualTo(errno));
  }

  @Test
  void damageIsNotCopied() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      byte[] bytes = FaultyVolume.random(1, 100_000);
      drive.writeDurably("from", bytes);
      drive.writeDurably("to", new byte[] {1, 2, 3});
      drive.script.on(DeviceOperation.READ, 1, new Fault.FlipBit(12_345));
      drive.script.on(DeviceOperation.READ, 2, new Fault.FlipBit(12_345));
      assertRefused(Errno.EIO, drive);
      assertThat(drive.read("to")).containsExactly(1, 2, 3);
      assertThat(drive.volume().status().lostData()).anyMatch(error -> error.contains("/from"));
      assertThat(copyAll(drive, "from", "to")).isEqualTo(bytes.length);
      drive.fsync("to");
      drive.crash(true);
      assertThat(drive.read("to")).isEqualTo(bytes);
    }
  }

  @Test
  void moreThanOneCallCopiesAndHolesStay() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(100))) {
      byte[] bytes = FaultyVolume.random(2, 2_500_000);
      drive.write("from", 5_000_000_000L, bytes);
      drive.write("from", 9_000_000_000L, new byte[] {7});
      drive.write("to", 1_000_000_000, bytes);
      drive.fsync("to");
      assertThat(copyAll(drive, "from", "to")).isEqualTo(9_000_000_001L);
      drive.fsync("to");
      assertThat(drive.read("to", 5_000_000_000L, bytes.length)).isEqualTo(bytes);
      assertThat(drive.read("to", 1_000_000_000, bytes.length)).containsOnly(0);
      assertThat(drive.read("to", 8_999_999_999L, 2)).containsExactly(0, 7);
      assertThat(drive.fileSystem().attributes(drive.inode("to")).allocatedBytes())
          .isEqualTo(bytes.length + 1);
    }
  }

  @Test
  void aFullDriveTakesTheCopyOfWhatFits() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      byte[] source = FaultyVolume.random(3, 500_000);
      drive.writeDurably("from", source);
      drive.writeDurably("to", Arrays.copyOf(source, 1));
      int files = 0;
      try {
        while (true) {
          drive.writeDurably("fill" + files++, FaultyVolume.random(files, 200_000));
        }
      } catch (ErrnoException full) {
        assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
      }
      assertRefused(Errno.ENOSPC, drive);
      byte[] copied = drive.read("to");
      assertThat(copied).hasSizeLessThan(source.length).isNotEmpty();
      assertThat(copied).isEqualTo(Arrays.copyOf(source, copied.length));
      drive.unlink("fill0");
      drive.unlink("fill1");
      drive.unlink("fill2");
      assertThat(copyAll(drive, "from", "to")).isEqualTo(500_000);
      assertThat(drive.read("to")).isEqualTo(source);
    }
  }

  /** While the copy reads, the source changes and moves: what was read is of no use then. */
  @Test
  void aCopyTakesWhatTheSourceHoldsWhenItTakesEffect() throws Exception {
    RamZonedDevice ram = RamZonedDevice.create(FaultyVolume.geometry(60));
    SplittableRandom nonces = new SplittableRandom(5);
    FaultyVolume.format(ram, new UUID(3, 4), nonces);
    AtomicReference<@Nullable Runnable> meanwhile = new AtomicReference<>();
    ZonedDevice device = runningBeforeReads(ram, meanwhile);
    try (Volume volume = FaultyVolume.mounting(nonces).on(device)) {
      ZoneFileSystem files = volume.fileSystem();
      long from = files.create(Caller.ROOT, 1, new byte[] {1}, 0600, OpenFlags.READ_WRITE).handle();
      long to = files.create(Caller.ROOT, 1, new byte[] {2}, 0600, OpenFlags.READ_WRITE).handle();
      files.write(from, 0, ByteBuffer.wrap(FaultyVolume.random(1, 200_000)), false);
      files.sync();
      byte[] first = FaultyVolume.random(2, 100_000);
      byte[] second = FaultyVolume.random(3, 100_000);
      meanwhile.set(
          () -> {
            meanwhile.set(null);
            try {
              files.write(from, 0, ByteBuffer.wrap(first), false);
              files.sync();
              files.write(from, first.length, ByteBuffer.wrap(second), false);
            } catch (ErrnoException | IOException failed) {
              throw new IllegalStateException(failed);
            }
          });
      assertThat(files.copy(from, 0, to, 0, 200_000)).isEqualTo(200_000);
      assertThat(meanwhile.get()).as("the copy has read").isNull();
      ByteBuffer copied = ByteBuffer.allocate(200_000);
      files.read(to, 0, copied);
      assertThat(copied.slice(0, first.length)).isEqualTo(ByteBuffer.wrap(first));
      assertThat(copied.slice(first.length, second.length)).isEqualTo(ByteBuffer.wrap(second));
    }
  }

  /**
   * The first half of the source is always as new as the second, or one newer. A commit between the
   * two writes puts one half into zones while the other is in memory, and moves both between looks.
   */
  @Test
  void aCopyAmongWritesAndCommitsSeesOneInstant() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(240))) {
      byte[] half = new byte[400_000];
      Arrays.fill(half, (byte) 1);
      drive.write("from", half.length, half);
      drive.writeDurably("from", half);
      drive.writeDurably("to", new byte[2 * half.length]);
      int whole = 0;
      AtomicBoolean over = new AtomicBoolean();
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(() -> writeHalves(drive, half.clone(), over));
      try {
        for (int round = 0; round < 150 && !writer.isDone(); round++) {
          if (!isCopiedAtOnce(drive, 2L * half.length)) {
            continue;
          }
          whole++;
          byte[] first = drive.read("to", 0, half.length);
          byte[] second = drive.read("to", half.length, half.length);
          assertThat(countOf(first[0], first)).isEqualTo(half.length);
          assertThat(countOf(second[0], second)).isEqualTo(half.length);
          assertThat(first[0] - second[0]).isBetween(0, 1);
          assertThat(second[0]).isPositive();
        }
      } finally {
        over.set(true);
      }
      writer.get();
      assertThat(whole).isPositive();
    }
  }

  /** Copies all; whether one call sufficed, so that all of it is of one instant. */
  private static boolean isCopiedAtOnce(FaultyVolume drive, long length)
      throws ErrnoException, IOException {
    long source = open(drive, "from");
    long target = open(drive, "to");
    try {
      long first = drive.fileSystem().copy(source, 0, target, 0, length);
      assertThat(first).isBetween(1L, length);
      return first == length;
    } finally {
      drive.fileSystem().release(source);
      drive.fileSystem().release(target);
    }
  }

  /** Each read of the copy finds another block of the source changed. */
  @Test
  void aCopyEndsThoughTheSourceIsWrittenAllTheTime() throws Exception {
    int blocks = 64;
    RamZonedDevice ram = RamZonedDevice.create(FaultyVolume.geometry(60));
    SplittableRandom nonces = new SplittableRandom(6);
    FaultyVolume.format(ram, new UUID(3, 5), nonces);
    AtomicReference<@Nullable Runnable> meanwhile = new AtomicReference<>();
    ZonedDevice device = runningBeforeReads(ram, meanwhile);
    try (Volume volume = FaultyVolume.mounting(nonces).on(device)) {
      ZoneFileSystem files = volume.fileSystem();
      long from = files.create(Caller.ROOT, 1, new byte[] {1}, 0600, OpenFlags.READ_WRITE).handle();
      long to = files.create(Caller.ROOT, 1, new byte[] {2}, 0600, OpenFlags.READ_WRITE).handle();
      byte[] expected = FaultyVolume.random(1, blocks * 4096);
      files.write(from, 0, ByteBuffer.wrap(expected), false);
      files.sync();
      int[] reads = {0};
      meanwhile.set(
          () -> {
            assertThat(++reads[0]).as("reads").isLessThanOrEqualTo(10);
            // The last block first: what is left of the source stays one part.
            byte[] block = FaultyVolume.random(100 + reads[0], 4096);
            int offset = (blocks - reads[0]) * 4096;
            try {
              files.write(from, offset, ByteBuffer.wrap(block), false);
            } catch (ErrnoException | IOException failed) {
              throw new IllegalStateException(failed);
            }
            System.arraycopy(block, 0, expected, offset, block.length);
          });
      int copied = (int) files.copy(from, 0, to, 0, expected.length);
      meanwhile.set(null);
      assertThat(copied).isBetween(1, expected.length);
      ByteBuffer there = ByteBuffer.allocate(copied);
      files.read(to, 0, there);
      assertThat(there.flip()).isEqualTo(ByteBuffer.wrap(expected, 0, copied));
    }
  }

  /** A drive on which work is done before each read. */
  private static ZonedDevice runningBeforeReads(
      RamZonedDevice ram, AtomicReference<@Nullable Runnable> work) {
    return new FilterZonedDevice(ram) {
      @Override
      public void read(long position, ByteBuffer destination) throws IOException {
        Runnable present = work.get();
        if (present != null) {
          present.run();
        }
        super.read(position, destination);
      }
    };
  }

  private static void writeHalves(FaultyVolume drive, byte[] half, AtomicBoolean over) {
    try {
      for (int round = 2; !over.get() && round < Byte.MAX_VALUE; round++) {
        Arrays.fill(half, (byte) round);
        drive.write("from", 0, half);
        drive.fsync("from");
        drive.write("from", half.length, half);
        if (round % 8 == 0) {
          drive.volume().runGc(ProgressListener.NONE);
        }
      }
    } catch (ErrnoException | IOException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static int countOf(byte wanted, byte[] bytes) {
    int count = 0;
    for (byte one : bytes) {
      count += one == wanted ? 1 : 0;
    }
    return count;
  }

  @Test
  void aFileThatNeverGotANameEndsWithACrash() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      ZoneFileSystem files = drive.fileSystem();
      ZoneFileSystem.Created named =
          files.createUnnamed(Caller.ROOT, 1, 0600, OpenFlags.READ_WRITE);
      ZoneFileSystem.Created lost = files.createUnnamed(Caller.ROOT, 1, 0600, OpenFlags.READ_WRITE);
      files.write(named.handle(), 0, ByteBuffer.wrap(new byte[] {4, 5}), false);
      files.write(lost.handle(), 0, ByteBuffer.allocate(50_000), false);
      files.sync();
      files.link(Caller.ROOT, named.attributes().inode(), 1, "name".getBytes(UTF_8));
      files.fsync(lost.handle());
      drive.crash(true);
      assertThat(drive.read("name")).containsExactly(4, 5);
      assertThatThrownBy(() -> drive.fileSystem().attributes(lost.attributes().inode()))
          .isInstanceOf(ErrnoException.class);
      assertThat(drive.fileSystem().statistics().inodes()).isEqualTo(2);
      drive.unmount();
      assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings()).isEmpty();
      drive.mountAgain();
    }
  }
}
