// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.RenameMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.VolumeChecker;

/**
 * A check has no finding after random work on a drive that is almost full: commits, checkpoints,
 * collections and power cuts leave every count and every reference right.
 */
class CheckerWorkloadTest {
  private static final int ROUNDS = 12;
  private static final int OPERATIONS = 120;
  private static final int NAMES = 40;
  private static final int PUNCH_HOLE_KEEP_SIZE = 3;
  private static final long ROOT = ZoneFileSystem.ROOT_INODE;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void nothingIsWrong(long seed) throws IOException, ErrnoException {
    SplittableRandom random = new SplittableRandom(seed);
    RamZonedDevice device = SmallVolume.format();
    for (int round = 0; round < ROUNDS; round++) {
      MemoryMetadataStores stores = new MemoryMetadataStores();
      Volume volume = SmallVolume.mount(device, stores);
      for (int operation = 0; operation < OPERATIONS; operation++) {
        try {
          operate(volume, random);
        } catch (ErrnoException refused) {
          assertThat(refused.errno())
              .isIn(
                  Errno.ENOENT,
                  Errno.EPERM,
                  Errno.EEXIST,
                  Errno.ENOSPC,
                  Errno.ENOTEMPTY,
                  Errno.EISDIR,
                  Errno.ENOTDIR);
        }
      }
      if (random.nextBoolean()) {
        volume.close();
      } else {
        RamZonedDevice cut = device.snapshot();
        volume.abandon();
        device.close();
        device = cut;
      }
      assertThat(VolumeChecker.check(device, true, ProgressListener.NONE).findings())
          .as("seed %d, round %d", seed, round)
          .isEmpty();
    }
    device.close();
  }

  private static void operate(Volume volume, SplittableRandom random)
      throws IOException, ErrnoException {
    ZoneFileSystem files = volume.fileSystem();
    byte[] name = name(random);
    byte[] other = name(random);
    switch (random.nextInt(14)) {
      case 0, 1, 2 -> write(files, name, random);
      case 3 -> files.unlink(Caller.ROOT, ROOT, name);
      case 4 -> files.rename(Caller.ROOT, ROOT, name, ROOT, other, RenameMode.REPLACE);
      case 5 -> files.link(Caller.ROOT, files.lookup(ROOT, name).inode(), ROOT, other);
      case 6 ->
          files.setAttributes(
              Caller.ROOT,
              files.lookup(ROOT, name).inode(),
              AttributeChange.ofSize(random.nextLong(2 << 20)));
      case 7 -> {
        long directory = files.makeDirectory(Caller.ROOT, ROOT, name, 0755).inode();
        SmallVolume.write(files, directory, "inside", 0, SmallVolume.bytes(500, 1));
        files.rename(Caller.ROOT, directory, name("inside"), ROOT, other, RenameMode.REPLACE);
      }
      case 8 -> files.removeDirectory(Caller.ROOT, ROOT, name);
      case 9 -> files.sync();
      case 10 -> {
        if (random.nextInt(6) == 0) {
          volume.checkpoint();
        }
        volume.runGc(ProgressListener.NONE);
      }
      case 11 -> punch(files, name, random);
      case 12 -> scatter(files, name, random);
      default -> {
        // Unlinked while open, and left so.
        files.open(Caller.ROOT, files.lookup(ROOT, name).inode(), OpenFlags.READ);
        files.unlink(Caller.ROOT, ROOT, name);
      }
    }
  }

  private static byte[] name(String text) {
    return SmallVolume.name(text);
  }

  private static byte[] name(SplittableRandom random) {
    return name("file" + random.nextInt(NAMES));
  }

  private static void punch(ZoneFileSystem files, byte[] name, SplittableRandom random)
      throws IOException, ErrnoException {
    long handle = files.open(Caller.ROOT, files.lookup(ROOT, name).inode(), OpenFlags.READ_WRITE);
    try {
      files.allocate(
          handle, PUNCH_HOLE_KEEP_SIZE, random.nextInt(1 << 20), 1 + random.nextInt(300_000));
    } finally {
      files.release(handle);
    }
  }

  /** Pieces so small that they cut what was there into many extents. */
  private static void scatter(ZoneFileSystem files, byte[] name, SplittableRandom random)
      throws IOException, ErrnoException {
    long handle = files.open(Caller.ROOT, files.lookup(ROOT, name).inode(), OpenFlags.READ_WRITE);
    try {
      for (int piece = 0; piece < 100; piece++) {
        byte[] bytes = SmallVolume.bytes(1 + random.nextInt(500), random.nextLong());
        files.write(handle, random.nextInt(1 << 20), ByteBuffer.wrap(bytes), false);
      }
    } finally {
      files.release(handle);
    }
  }

  private static void write(ZoneFileSystem files, byte[] name, SplittableRandom random)
      throws IOException, ErrnoException {
    long handle;
    try {
      handle = files.create(Caller.ROOT, ROOT, name, 0644, OpenFlags.READ_WRITE).handle();
    } catch (ErrnoException exists) {
      handle = files.open(Caller.ROOT, files.lookup(ROOT, name).inode(), OpenFlags.READ_WRITE);
    }
    try {
      int length = 1 + random.nextInt(random.nextBoolean() ? 3000 : 2 << 20);
      byte[] bytes = SmallVolume.bytes(length, random.nextLong());
      files.write(handle, random.nextInt(1 << 20), ByteBuffer.wrap(bytes), false);
    } finally {
      files.release(handle);
    }
  }
}
