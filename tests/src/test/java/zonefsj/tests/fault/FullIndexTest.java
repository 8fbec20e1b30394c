// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Clock;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeEnvironment;
import zonefsj.fs.volume.VolumeStatus;
import zonefsj.tests.crash.LogSilencer;
import zonefsj.tests.crash.RefusingStores;

/**
 * The disk of the host that the index is on takes no more: the mount goes on, up to a bound, loses
 * nothing however it ends, and is as before when there is room again.
 */
@Timeout(120)
final class FullIndexTest {
  private static final int FILES = 30;
  private static final int FILE_BYTES = 3000;
  private static final String WAITING = "changes that wait for the host";

  /** The seconds of an interval take a hundredth of their time. */
  private static final int FASTER = 100;

  private final LogSilencer quiet = new LogSilencer();
  private FaultyVolume drive;
  private RefusingStores stores;
  private Volume volume;

  @BeforeEach
  void format() throws Exception {
    drive = new FaultyVolume(FaultyVolume.geometry(64));
    drive.unmount();
    volume = drive.volume();
    stores = new RefusingStores(drive.stores);
  }

  @AfterEach
  void letGo() throws IOException {
    drive.close();
    quiet.close();
  }

  private void mount() throws IOException {
    LongSupplier fast = () -> System.nanoTime() / (1_000_000 / FASTER);
    volume =
        Volume.mount(
            drive.device,
            VolumeOptions.DEFAULT,
            new VolumeEnvironment(Clock.systemUTC(), fast, new SplittableRandom(5), stores, true),
            ProgressListener.NONE);
    drive.use(volume);
  }

  private void write(int from, int to) throws Exception {
    for (int file = from; file < to; file++) {
      drive.writeDurably("f" + file, FaultyVolume.random(file, FILE_BYTES));
    }
  }

  private void assertAllAreThere(int files) throws Exception {
    for (int file = 0; file < files; file++) {
      assertThat(drive.read("f" + file)).isEqualTo(FaultyVolume.random(file, FILE_BYTES));
    }
  }

  private interface Condition {
    boolean holds(VolumeStatus status);
  }

  private void await(Condition condition) throws InterruptedException {
    while (!condition.holds(volume.status())) {
      Thread.sleep(10);
    }
  }

  private static boolean isWaiting(VolumeStatus status) {
    return status.caches().containsKey(WAITING);
  }

  /** What is there is there for a mount with the index and without it. */
  private void assertAllAreThereAfterwards(int files) throws Exception {
    stores.refuse(false);
    mount();
    assertAllAreThere(files);
    volume.close();
    drive.stores.lose();
    mount();
    assertAllAreThere(files);
    volume.close();
  }

  @Test
  void theMountGoesOnAndHeals() throws Exception {
    mount();
    write(0, FILES);
    stores.refuse(true);
    write(FILES, 2 * FILES);
    drive.unlink("f0");
    drive.writeDurably("f0", FaultyVolume.random(0, FILE_BYTES));
    await(now -> isWaiting(now) && !now.errors().isEmpty());
    VolumeStatus status = volume.status();
    assertThat(status.readOnly()).isFalse();
    assertThat(status.errors())
        .anySatisfy(
            error ->
                assertThat(error)
                    .contains("the drive is not affected")
                    .contains("wait in memory")
                    .contains(RefusingStores.WORDS));
    assertAllAreThere(2 * FILES);
    stores.refuse(false);
    await(now -> now.errors().get(now.errors().size() - 1).contains("takes changes again"));
    assertThat(isWaiting(volume.status())).isFalse();
    long before = volume.status().checkpoints();
    volume.checkpoint();
    assertThat(volume.status().checkpoints()).isGreaterThan(before);
    volume.close();
    assertAllAreThereAfterwards(2 * FILES);
  }

  @Test
  void aKillLosesNothing() throws Exception {
    mount();
    write(0, FILES);
    stores.refuse(true);
    write(FILES, 2 * FILES);
    volume.abandon();
    drive.stores.crash();
    assertAllAreThereAfterwards(2 * FILES);
  }

  @Test
  void anUmountLosesNothing() throws Exception {
    mount();
    write(0, FILES);
    stores.refuse(true);
    write(FILES, 2 * FILES);
    volume.close();
    assertAllAreThereAfterwards(2 * FILES);
  }

  /** Writes until changes are refused; returns how many files there are. */
  private int writeUntilRefused(int from) throws Exception {
    int files = from;
    try {
      while (files < 100_000) {
        write(files, files + 1);
        files++;
      }
    } catch (ErrnoException refused) {
      assertThat(refused.errno()).isEqualTo(Errno.EROFS);
      assertThat(refused.getMessage())
          .contains("index on the host")
          .contains("the drive is not affected");
    }
    return files;
  }

  private long inodes() throws IOException {
    return drive.fileSystem().statistics().inodes();
  }

  @Test
  void changesAreLetInAgainWhenThereIsRoom() throws Exception {
    mount();
    final long before = inodes();
    stores.refuseImages();
    long unnamed =
        drive
            .fileSystem()
            .createUnnamed(Caller.ROOT, ZoneFileSystem.ROOT_INODE, 0600, OpenFlags.READ_WRITE)
            .handle();
    // The journal cannot be made shorter.
    int files = writeUntilRefused(0);
    assertThat(files).isGreaterThan(FILES);
    VolumeStatus status = volume.status();
    assertThat(status.readOnly()).isTrue();
    assertThat(status.readOnlyReason()).contains("the drive is not affected");
    assertAllAreThere(files);
    assertThatThrownBy(() -> drive.fileSystem().release(unnamed))
        .isInstanceOf(ErrnoException.class);
    assertThatThrownBy(() -> volume.runGc(ProgressListener.NONE))
        .hasMessageContaining("the drive is not affected");
    drive.fileSystem().sync();
    volume.freeze();
    volume.thaw();
    stores.refuse(false);
    await(now -> !now.readOnly());
    write(files, files + 1);
    while (inodes() != before + files + 1) {
      // What lost its last handle meanwhile ends as well.
      Thread.sleep(10);
    }
    volume.close();
    assertAllAreThereAfterwards(files + 1);
  }
}
