// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.RenameMode;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeEnvironment;

/** A rename that walks up a deep tree holds up nobody, and its walk does not outlive its names. */
class RenameWalkTest {
  private static final long ROOT = ZoneFileSystem.ROOT_INODE;
  private static final int PATIENCE_SECONDS = 20;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HaltingStores stores = new HaltingStores(ColumnFamily.PARENTS);
  private RamZonedDevice drive;
  private Volume volume;
  private ZoneFileSystem files;
  private long outer;
  private long inner;

  @BeforeEach
  void mount() throws Exception {
    drive = FormattedDrive.create();
    volume =
        Volume.mount(
            drive,
            VolumeOptions.DEFAULT,
            new VolumeEnvironment(InstantSource.system(), new SplittableRandom(1), stores, false),
            ProgressListener.NONE);
    files = volume.fileSystem();
    outer = make(ROOT, "outer");
    inner = make(outer, "inner");
    make(ROOT, "moved");
  }

  @AfterEach
  void unmount() throws Exception {
    stores.goOn();
    threads.shutdown();
    assertThat(threads.awaitTermination(PATIENCE_SECONDS, SECONDS)).isTrue();
    volume.close();
    drive.close();
  }

  private static byte[] name(String text) {
    return text.getBytes(UTF_8);
  }

  private long make(long parent, String name) throws ErrnoException, IOException {
    return files.makeDirectory(Caller.ROOT, parent, name(name), 0755).inode();
  }

  private Void rename(String from, long newParent, String to) throws ErrnoException, IOException {
    files.rename(Caller.ROOT, ROOT, name(from), newParent, name(to), RenameMode.REPLACE);
    return null;
  }

  /** Begins the rename and returns when it walks. */
  private Future<Void> renameThatHalts() throws IOException {
    stores.arm();
    Future<Void> rename = threads.submit(() -> rename("moved", inner, "new"));
    stores.awaitHalt();
    return rename;
  }

  private <T> T soon(Callable<T> work) throws Exception {
    return threads.submit(work).get(PATIENCE_SECONDS, SECONDS);
  }

  private Void sync() throws ErrnoException, IOException {
    files.sync();
    return null;
  }

  @Test
  void othersWorkAndCommitDuringTheWalk() throws Exception {
    Future<Void> rename = renameThatHalts();
    long other = soon(() -> make(ROOT, "other"));
    soon(() -> make(other, "below"));
    soon(() -> rename("other", ROOT, "another"));
    soon(this::sync);
    stores.goOn();
    rename.get(PATIENCE_SECONDS, SECONDS);
    assertThat(files.lookup(inner, name("new")).isDirectory()).isTrue();
  }

  @Test
  void namesThatChangedDuringTheWalkAreWalkedAgain() throws Exception {
    Future<Void> rename = renameThatHalts();
    soon(() -> rename("moved", ROOT, "away"));
    soon(() -> rename("outer", ROOT, "moved"));
    stores.goOn();
    assertThatThrownBy(() -> rename.get(PATIENCE_SECONDS, SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
    assertThat(files.lookup(ROOT, name("moved")).inode()).isEqualTo(outer);
  }
}
