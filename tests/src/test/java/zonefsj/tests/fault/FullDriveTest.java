// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.RenameMode;
import zonefsj.fs.SpaceStatistics;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.VolumeStatus;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.tests.crash.LogSilencer;

/** A drive that is full, and one that is written over and over. */
@Timeout(180)
class FullDriveTest {
  /** A whole number of blocks: what alignment takes is not counted by anybody. */
  private static final int PIECE = 36 << 10;

  private static final int BLOCK = 4096;

  /** Writes files until the drive is full; returns how many there are. */
  private static int fill(FaultyVolume drive, String prefix) throws IOException {
    int files = 0;
    try {
      while (files < 10_000) {
        drive.write(prefix + files, 0, FaultyVolume.random(files, PIECE));
        files++;
      }
    } catch (ErrnoException full) {
      assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
    }
    return files;
  }

  private static void assertContent(FaultyVolume drive, String prefix, int files)
      throws ErrnoException, IOException {
    for (int file = 0; file < files; file++) {
      assertThat(drive.read(prefix + file))
          .as("%s%d", prefix, file)
          .isEqualTo(FaultyVolume.random(file, PIECE));
    }
  }

  /** Zones of 1 MiB, so that summaries take the little that they take on a real drive. */
  private static EmulatedGeometry roomy() {
    return roomy(60);
  }

  private static EmulatedGeometry roomy(int zones) {
    return EmulatedGeometry.builder((long) zones << 20)
        .zoneSizeBytes(1 << 20)
        .maxOpenZones(8)
        .maxActiveZones(10)
        .build();
  }

  private interface Drop {
    void drop(FaultyVolume drive, String name) throws IOException, ErrnoException;
  }

  /** A program deletes until df tells of room, and then writes. */
  private static void assertFreesAtOnce(Drop drop) throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      for (int file = 0; file < 40; file++) {
        drive.write("e" + file, 0, new byte[0]);
      }
      int files = fill(drive, "f");
      drive.fileSystem().sync();
      long before = drive.fileSystem().statistics().availableBytes();
      assertThat(before).isLessThan(2L * PIECE);
      for (int file = 0; file < 40; file++) {
        drop.drop(drive, "f" + file);
        long available = drive.fileSystem().statistics().availableBytes();
        assertThat(available).as("after %d files", file + 1).isGreaterThan((long) file * PIECE);
      }
      // What it tells can be written.
      long available = drive.fileSystem().statistics().availableBytes();
      for (long at = 0; at + BLOCK <= available; at += BLOCK) {
        drive.write("new", at, FaultyVolume.random((int) at, BLOCK));
      }
      drive.fsync("new");
      for (int file = 40; file < files; file++) {
        assertThat(drive.read("f" + file)).isEqualTo(FaultyVolume.random(file, PIECE));
      }
      assertThat(drive.volume().status().readOnly()).isFalse();
    }
  }

  @Test
  void whatIsDeletedIsAvailableAtOnce() throws Exception {
    assertFreesAtOnce(FaultyVolume::unlink);
  }

  @Test
  void whatIsCutOffIsAvailableAtOnce() throws Exception {
    assertFreesAtOnce(
        (drive, name) ->
            drive
                .fileSystem()
                .setAttributes(
                    Caller.ROOT,
                    drive.inode(name),
                    new AttributeChange(null, null, null, 0L, null, null)));
  }

  @Test
  void whatIsReplacedByARenameIsAvailableAtOnce() throws Exception {
    assertFreesAtOnce(
        (drive, name) ->
            drive
                .fileSystem()
                .rename(
                    Caller.ROOT,
                    ZoneFileSystem.ROOT_INODE,
                    name.replace('f', 'e').getBytes(UTF_8),
                    ZoneFileSystem.ROOT_INODE,
                    name.getBytes(UTF_8),
                    RenameMode.REPLACE));
  }

  @Test
  void aFullDriveRefusesAndRecovers() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      int least = Integer.MAX_VALUE;
      int most = 0;
      for (int cycle = 0; cycle < 6; cycle++) {
        int files = fill(drive, "f");
        least = Math.min(least, files);
        most = Math.max(most, files);
        drive.fileSystem().sync();
        assertContent(drive, "f", files);
        assertThat(drive.volume().status().readOnly()).isFalse();
        // What is there can be overwritten, although nothing more fits.
        for (int file = 0; file < files; file += 3) {
          drive.write("f" + file, 0, FaultyVolume.random(file, PIECE));
          drive.fsync("f" + file);
        }
        if (cycle % 2 == 0) {
          drive.remount();
        } else {
          drive.crash(true);
        }
        assertContent(drive, "f", files);
        if (drive.exists("f" + files)) {
          // The name was made, the content refused.
          drive.unlink("f" + files);
        }
        for (int file = 0; file < files; file++) {
          drive.unlink("f" + file);
        }
        drive.fileSystem().sync();
        assertThat(drive.volume().status().liveBytes()).as("live after deleting all").isZero();
      }
      System.out.printf("fault: %d to %d files of %d bytes fill the drive%n", least, most, PIECE);
      assertThat(least).as("space comes back").isGreaterThan(most * 9 / 10);
      drive.volume().close();
      assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings()).isEmpty();
    }
  }

  /** As everywhere else, the last write to a full drive is short, and the next one is refused. */
  @Test
  void aWriteThatIsLargerThanWhatIsLeftWritesWhatFits() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      ZoneFileSystem files = drive.fileSystem();
      int length = 1 << 20;
      drive.write("f", 0, FaultyVolume.random(0, 12345));
      long handle = files.open(Caller.ROOT, drive.inode("f"), OpenFlags.READ_WRITE);
      long at = 12345;
      int count;
      do {
        ByteBuffer source = ByteBuffer.wrap(FaultyVolume.random((int) (at >> 12), length));
        count = files.write(handle, at, source, false);
        assertThat(source.position()).isEqualTo(count);
        at += count;
      } while (count == length);
      assertThat(count).isPositive();
      assertThat(at % SpaceStatistics.PIECE_BYTES).isZero();
      long end = at;
      assertThatThrownBy(() -> files.write(handle, end, ByteBuffer.allocate(BLOCK), false))
          .isInstanceOfSatisfying(
              ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
      assertThat(drive.volume().fileSystem().statistics().availableBytes()).isLessThan(BLOCK);
      // What is there already needs no room: a write over the end goes on to there, and further
      // only where there is room.
      assertThat(files.write(handle, end - BLOCK, ByteBuffer.allocate(3 * BLOCK), false))
          .isEqualTo(BLOCK);
      // The kernel drops the pages that it writes back.
      assertThatThrownBy(
              () -> files.write(handle, end - BLOCK, ByteBuffer.allocate(3 * BLOCK), true))
          .isInstanceOf(ErrnoException.class);
      assertThat(files.attributes(drive.inode("f")).sizeBytes()).isEqualTo(end);
      files.fsync(handle);
      files.release(handle);
      for (int round = 0; round < 2; round++) {
        long from = 12345;
        for (; from + length <= end - BLOCK; from += length) {
          byte[] wanted = FaultyVolume.random((int) (from >> 12), length);
          assertThat(drive.read("f", from, length)).isEqualTo(wanted);
        }
        int left = (int) (end - BLOCK - from);
        byte[] wanted = FaultyVolume.random((int) (from >> 12), length);
        assertThat(drive.read("f", from, left)).isEqualTo(Arrays.copyOf(wanted, left));
        assertThat(drive.read("f", end - BLOCK, BLOCK)).containsOnly(0);
        drive.crash(true);
      }
    }
  }

  /** What is there already counts block by block. */
  @Test
  void aShortWriteOverScatteredBlocksEndsWhereTheFirstBlockDoesNotFit() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      ZoneFileSystem files = drive.fileSystem();
      int blocks = 256;
      for (int block = 0; block < blocks; block += 2) {
        drive.write("holes", (long) block * BLOCK, FaultyVolume.random(block, BLOCK));
      }
      files.sync();
      fill(drive, "f");
      files.sync();
      long handle = files.open(Caller.ROOT, drive.inode("holes"), OpenFlags.READ_WRITE);
      byte[] all = FaultyVolume.random(99, blocks * BLOCK);
      int count = files.write(handle, 0, ByteBuffer.wrap(all), false);
      // The first block is there, and so is each that comes behind a hole that fits.
      assertThat(count).isPositive().isLessThan(all.length);
      assertThat(count % (2 * BLOCK)).isEqualTo(BLOCK);
      assertThat(drive.read("holes", 0, count)).isEqualTo(Arrays.copyOf(all, count));
      files.release(handle);
    }
  }

  /** A tiny file that the index has no room for does not get there by an fsync of its own. */
  @Test
  void tinyFilesWithAnFsyncEachDoNotFillTheIndex() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      int files = 3000;
      for (int file = 0; file < files; file++) {
        drive.writeDurably("t" + file, FaultyVolume.random(file, 1000));
      }
      assertThat(drive.volume().status().liveBytes()).isGreaterThan(files * 1000L * 3 / 4);
      for (int file = 0; file < files; file += 7) {
        assertThat(drive.read("t" + file)).isEqualTo(FaultyVolume.random(file, 1000));
      }
    }
  }

  /**
   * Each fsync ends a chunk with its summary and alignment: the collector makes few of many, and
   * does not choose zones that only look empty because summaries fill them.
   */
  @Test
  void overwritingBlockByBlockGoesOnWhenTheDriveIsFull() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      int files = fill(drive, "f");
      drive.fileSystem().sync();
      Random random = new Random(14);
      byte[][] content = new byte[files][];
      for (int file = 0; file < files; file++) {
        content[file] = FaultyVolume.random(file, PIECE);
      }
      for (int write = 0; write < 20_000; write++) {
        int file = random.nextInt(files);
        byte[] bytes = FaultyVolume.random(write, BLOCK);
        int at = random.nextInt(PIECE / BLOCK) * BLOCK;
        drive.write("f" + file, at, bytes);
        System.arraycopy(bytes, 0, content[file], at, bytes.length);
        if (write % 7 == 0) {
          drive.fileSystem().sync();
        }
      }
      for (int file = 0; file < files; file++) {
        assertThat(drive.read("f" + file)).as("f%d", file).isEqualTo(content[file]);
      }
    }
  }

  @Test
  void whatTheKernelLetsGoOfALittleLaterIsWaitedFor() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      fill(drive, "f");
      long[] held = new long[10];
      for (int file = 0; file < held.length; file++) {
        held[file] = drive.inode("f" + file);
        drive.fileSystem().retain(held[file]);
        drive.unlink("f" + file);
      }
      assertThatThrownBy(() -> drive.write("more", 0, new byte[5 * PIECE]))
          .as("what is held takes its space")
          .isInstanceOf(ErrnoException.class);
      Thread writer = Thread.currentThread();
      FutureTask<Void> letsGo =
          new FutureTask<>(
              () -> {
                while (writer.getState() != Thread.State.TIMED_WAITING) {
                  Thread.onSpinWait();
                }
                for (long inode : held) {
                  drive.fileSystem().forget(inode, 1);
                }
                return null;
              });
      Thread kernel = new Thread(letsGo);
      kernel.start();
      drive.write("more", 0, new byte[5 * PIECE]);
      letsGo.get();
    }
  }

  @Test
  void manySmallFilesNeverEndTheMount() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(60))) {
      int files = 0;
      try {
        for (; ; files++) {
          drive.write("s" + files, 0, new byte[1100]);
          if (files % 50 == 0) {
            drive.fileSystem().sync();
          }
        }
      } catch (ErrnoException full) {
        assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
      }
      assertThat(drive.volume().status().readOnly()).as("read-only when full").isFalse();
      drive.remount();
      for (int file = 0; file < files; file++) {
        drive.unlink("s" + file);
        if (file % 50 == 0) {
          drive.fileSystem().sync();
        }
      }
      drive.fileSystem().sync();
      assertThat(drive.volume().status().readOnly()).as("read-only after deleting").isFalse();
      assertThat(drive.volume().status().liveBytes()).isZero();
      System.out.printf("fault: %d files of 1100 bytes filled the drive, and went%n", files);
    }
  }

  /** Longer names take more of the index, which needs zones of a drive that has no more. */
  @Test
  void longerNamesOnAFullDriveNeverEndTheMount() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy(40))) {
      int links = 30_000;
      drive.write("first", 0, new byte[] {1});
      long inode = drive.inode("first");
      for (int link = 0; link < links; link++) {
        drive.fileSystem().link(Caller.ROOT, inode, 1, Integer.toString(link).getBytes(UTF_8));
      }
      drive.fileSystem().sync();
      int files = fill(drive, "f");
      drive.fileSystem().sync();
      int longer = 0;
      for (int link = 0; link < links; link++) {
        longer += isRenamed(drive, Integer.toString(link).getBytes(UTF_8), longName(link)) ? 1 : 0;
      }
      System.out.printf("fault: %d of %d names became longer on a full drive%n", longer, links);
      // As long, but the journal must take each of them.
      for (int link = 0; link < links; link++) {
        isRenamed(drive, longName(link), longName(link + links));
      }
      drive.fileSystem().sync();
      assertThat(drive.volume().status().readOnly()).isFalse();
      drive.remount();
      assertContent(drive, "f", files);
    }
  }

  /** Renames within the root directory; false if there is no space for it, or no such name. */
  private static boolean isRenamed(FaultyVolume drive, byte[] from, byte[] to) throws IOException {
    try {
      drive.fileSystem().rename(Caller.ROOT, 1, from, 1, to, RenameMode.REPLACE);
      if (to[0] == 'A') {
        drive.fileSystem().sync();
      }
      return true;
    } catch (ErrnoException refused) {
      assertThat(refused.errno()).isIn(Errno.ENOSPC, Errno.ENOENT);
      return false;
    }
  }

  /** 255 bytes that nobody compresses. */
  private static byte[] longName(int number) {
    byte[] name = FaultyVolume.random(number, ZoneFileSystem.MAX_NAME_BYTES);
    for (int at = 0; at < name.length; at++) {
      name[at] = (byte) ('A' + (name[at] & 0x3f));
    }
    return name;
  }

  /** Writes the piece of a number. */
  @FunctionalInterface
  private interface Pieces {
    void write(int number, byte[] bytes) throws ErrnoException, IOException;
  }

  /** Fills a drive with pieces and overwrites them, first in order; returns what each holds. */
  private static int[] fillAndOverwrite(Pieces pieces, int bytes, int rounds)
      throws ErrnoException, IOException {
    int count = 0;
    try {
      for (; ; count++) {
        pieces.write(count, FaultyVolume.random(count, bytes));
      }
    } catch (ErrnoException full) {
      assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
    }
    System.out.printf("fault: %d pieces of %d bytes fill the drive%n", count, bytes);
    int[] seeds = new int[count];
    Random random = new Random(1);
    for (int write = 0; write < rounds * count; write++) {
      int number = write < count ? write : random.nextInt(count);
      seeds[number] = write;
      pieces.write(number, FaultyVolume.random(write, bytes));
    }
    return seeds;
  }

  private static void assertClean(FaultyVolume drive) throws IOException {
    drive.unmount();
    assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings()).isEmpty();
  }

  /** What summaries and alignment take is counted: the drive is full before its zones are. */
  @ParameterizedTest
  @ValueSource(ints = {1 << 10, 1100})
  void smallFilesOfAFullDriveAreOverwrittenAgainAndAgain(int bytes) throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      long promised = drive.fileSystem().statistics().availableBytes();
      int[] seeds =
          fillAndOverwrite((number, content) -> drive.write("s" + number, 0, content), bytes, 4);
      // Names and inodes take the rest. Files that may live in the index do not take more: each
      // byte of an image takes five on the drive.
      assertThat((long) seeds.length * bytes).isGreaterThan(promised * 4 / 10);
      for (int file = 0; file < seeds.length; file++) {
        assertThat(drive.read("s" + file)).isEqualTo(FaultyVolume.random(seeds[file], bytes));
      }
      assertClean(drive);
    }
  }

  @Test
  void smallPiecesOfAFullDriveAreOverwritten() throws Exception {
    int bytes = 100;
    long step = 3000;
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      int[] seeds =
          fillAndOverwrite((number, content) -> drive.write("f", number * step, content), bytes, 2);
      for (int piece = 0; piece < seeds.length; piece++) {
        assertThat(drive.read("f", piece * step, bytes))
            .isEqualTo(FaultyVolume.random(seeds[piece], bytes));
      }
      assertClean(drive);
    }
  }

  @Test
  void whatStatfsPromisesCanBeWrittenInFiles() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      long promised = drive.fileSystem().statistics().availableBytes();
      int files = fill(drive, "f");
      System.out.printf(
          "fault: statfs promised %d bytes, %d were written%n", promised, (long) files * PIECE);
      assertThat((long) files * PIECE).isGreaterThan(promised - PIECE);
    }
  }

  /** Neighbours are written far apart in time, so each block stays a piece of its own. */
  @Test
  void whatStatfsPromisesCanBeWrittenInBlocks() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(roomy())) {
      int blocks = (int) (drive.fileSystem().statistics().availableBytes() / BLOCK);
      for (int parity = 0; parity < 2; parity++) {
        for (int block = parity; block < blocks; block += 2) {
          drive.write("file", (long) block * BLOCK, FaultyVolume.random(block, BLOCK));
        }
        drive.fsync("file");
      }
      drive.remount();
      byte[] found = drive.read("file");
      assertThat(found).hasSize(blocks * BLOCK);
      for (int block = 0; block < blocks; block++) {
        assertThat(Arrays.copyOfRange(found, block * BLOCK, (block + 1) * BLOCK))
            .as("block %d", block)
            .isEqualTo(FaultyVolume.random(block, BLOCK));
      }
    }
  }

  /** A small commit carries its data in the journal; they wait in the index for a zone. */
  @Test
  void whatWaitedForAZoneAndWasReplacedTakesNoRoom() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      long before = drive.fileSystem().statistics().availableBytes();
      for (int write = 0; write < 300; write++) {
        drive.write("file", 8192, FaultyVolume.random(write, BLOCK));
        drive.fsync("file");
      }
      drive.volume().checkpoint();
      long after = drive.fileSystem().statistics().availableBytes();
      assertThat(before - after).as("bytes that a block takes").isLessThan(8L * BLOCK);
      drive.unlink("file");
      drive.fileSystem().sync();
      assertThat(drive.fileSystem().statistics().availableBytes()).isEqualTo(before);
    }
  }

  /** Zones that fail a write take with them what data in memory were promised. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void aCommitThatFindsNoZoneWaitsForTheCollector(int distance) throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      int files = fill(drive, "f");
      drive.fileSystem().sync();
      byte[] newer = FaultyVolume.random(-distance, PIECE);
      for (int file = 0; file < files; file++) {
        drive.write("f" + file, 0, newer);
        if (file % 5 == 4) {
          drive.script.clear();
          drive.script.fail(DeviceOperation.WRITE, 1, Reason.MEDIA);
          drive.script.fail(DeviceOperation.WRITE, 1 + distance, Reason.MEDIA);
          drive.fsync("f" + file);
        }
      }
      drive.script.clear();
      drive.fileSystem().sync();
      assertThat(drive.volume().status().readOnly()).isFalse();
      drive.crash(distance % 2 == 0);
      for (int file = 0; file < files; file++) {
        assertThat(drive.read("f" + file)).as("f%d", file).isEqualTo(newer);
      }
    }
  }

  @Test
  void aDriveOfTheLeastSizeIsMountedThoughAZoneDied() throws Exception {
    try (FaultyVolume drive = leastDrive()) {
      byte[] content = FaultyVolume.random(1, 40_000);
      drive.writeDurably("file", content);
      drive.unmount();
      int free =
          drive.ram.report(0, drive.ram.geometry().zoneCount()).stream()
              .filter(zone -> zone.condition() == ZoneCondition.EMPTY)
              .findFirst()
              .orElseThrow()
              .index();
      drive.ram.setOffline(free);
      drive.mountAgain();
      assertThat(drive.read("file")).isEqualTo(content);
      assertThat(drive.fileSystem().statistics().availableBytes()).isNotNegative();
    }
  }

  private static FaultyVolume leastDrive() throws IOException {
    for (int zones = 4; ; zones++) {
      try {
        return new FaultyVolume(FaultyVolume.geometry(zones));
      } catch (VolumeFormatException tooSmall) {
        assertThat(zones).isLessThan(40);
      }
    }
  }

  @Test
  void smallFilesFillTheDriveWithoutHarm() throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(60))) {
      int files = 0;
      try {
        while (files < 60_000) {
          drive.write("small" + files, 0, FaultyVolume.random(files, 700));
          files++;
          if (files % 200 == 0) {
            drive.fileSystem().sync();
          }
        }
      } catch (ErrnoException full) {
        assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
      }
      drive.fileSystem().sync();
      assertThat(drive.volume().status().readOnly()).isFalse();
      System.out.printf("fault: %d files of 700 bytes fill the drive%n", files);
      drive.crash(true);
      for (int file = 0; file < files; file += 17) {
        assertThat(drive.read("small" + file)).isEqualTo(FaultyVolume.random(file, 700));
      }
      for (int file = 0; file < files; file++) {
        drive.unlink("small" + file);
      }
      drive.fileSystem().sync();
      drive.volume().checkpoint();
      drive.writeDurably("again", FaultyVolume.random(1, 100_000));
      assertThat(drive.volume().status().readOnly()).isFalse();
    }
  }

  @Test
  void overwritingManyTimesTheDriveKeepsTheData() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(60))) {
      long usable = drive.volume().status().capacityBytes();
      byte[] content = FaultyVolume.random(7, (int) (usable * 7 / 10) & -4096);
      for (int at = 0; at < content.length; at += 100_000) {
        drive.write(
            "big", at, Arrays.copyOfRange(content, at, Math.min(content.length, at + 100_000)));
      }
      Random random = new Random(11);
      long written = 0;
      int round = 0;
      while (written < 6 * usable) {
        int length = 4096 * (1 + random.nextInt(10));
        int at = 4096 * random.nextInt((content.length - length) / 4096);
        byte[] bytes = FaultyVolume.random(round, length);
        drive.write("big", at, bytes);
        System.arraycopy(bytes, 0, content, at, length);
        written += length;
        round++;
        if (round % 40 == 0) {
          drive.fsync("big");
        }
        if (round % 500 == 499) {
          drive.crash(round % 1000 == 999);
          drive.fsync("big");
          content = drive.read("big");
        }
      }
      VolumeStatus status = drive.volume().status();
      System.out.printf(
          "fault: %d bytes written over a file of %d on a drive for %d, in random places; since the"
              + " last mount write amplification %.2f, %d zones collected%n",
          written,
          content.length,
          usable,
          status.writes().total().amplification(),
          status.collector().zonesReset());
      assertThat(drive.read("big")).isEqualTo(content);
      drive.remount();
      assertThat(drive.read("big")).isEqualTo(content);
    }
  }
}
