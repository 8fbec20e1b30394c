package zonefsj.tests.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.filter.Fault;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.VolumeChecker;

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
      assertRefused(Errno.EIO, drive);
      assertThat(drive.read("to")).containsExactly(1, 2, 3);
      assertThat(drive.volume().status().errors()).anyMatch(error -> error.contains("/from"));
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
  void aFullDriveIsSaidBeforeAnythingIsCopied() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.writeDurably("from", FaultyVolume.random(3, 500_000));
      drive.writeDurably("to", new byte[] {1});
      int files = 0;
      try {
        while (true) {
          drive.writeDurably("fill" + files++, FaultyVolume.random(files, 200_000));
        }
      } catch (ErrnoException full) {
        assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
      }
      assertRefused(Errno.ENOSPC, drive);
      assertThat(drive.read("to")).containsExactly(1);
      drive.unlink("fill0");
      drive.unlink("fill1");
      drive.unlink("fill2");
      assertThat(copyAll(drive, "from", "to")).isEqualTo(500_000);
      assertThat(drive.read("to")).isEqualTo(FaultyVolume.random(3, 500_000));
    }
  }

  /** Each write fills the source with one value: a copy may see only one of them. */
  @Test
  void aCopyAmongWritesAndCommitsSeesOneInstant() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(120))) {
      int length = 300_000;
      drive.writeDurably("from", new byte[length]);
      drive.writeDurably("to", new byte[length]);
      AtomicBoolean over = new AtomicBoolean();
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(
              () -> {
                byte[] bytes = new byte[length];
                for (int round = 1; !over.get(); round++) {
                  Arrays.fill(bytes, (byte) round);
                  try {
                    drive.write("from", 0, bytes);
                    if (round % 3 == 0) {
                      drive.fsync("from");
                      drive.volume().runGc(ProgressListener.NONE);
                    }
                  } catch (ErrnoException | IOException failed) {
                    throw new IllegalStateException(failed);
                  }
                }
              });
      try {
        for (int round = 0; round < 150 && !writer.isDone(); round++) {
          assertThat(copyAll(drive, "from", "to")).isEqualTo(length);
          byte[] seen = drive.read("to");
          assertThat(seen).containsOnly(seen[0]);
        }
      } finally {
        over.set(true);
      }
      writer.get();
    }
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
