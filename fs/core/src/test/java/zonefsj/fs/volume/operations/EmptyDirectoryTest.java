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

/**
 * The scan of a directory that goes away holds up nobody: it steps over all entries that were
 * deleted. A name that is added during the scan is found all the same.
 */
class EmptyDirectoryTest {
  private static final long ROOT = ZoneFileSystem.ROOT_INODE;
  private static final int TIMEOUT_SECONDS = 20;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HaltingStores stores = new HaltingStores(ColumnFamily.ENTRIES);
  private RamZonedDevice drive;
  private Volume volume;
  private ZoneFileSystem files;
  private long target;

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
    target = make(ROOT, "target");
    make(ROOT, "moved");
  }

  @AfterEach
  void unmount() throws Exception {
    stores.goOn();
    threads.shutdown();
    assertThat(threads.awaitTermination(TIMEOUT_SECONDS, SECONDS)).isTrue();
    volume.close();
    drive.close();
  }

  private static byte[] name(String text) {
    return text.getBytes(UTF_8);
  }

  private long make(long parent, String name) throws ErrnoException, IOException {
    return files.makeDirectory(Caller.ROOT, parent, name(name), 0755).inode();
  }

  private Void rename() throws ErrnoException, IOException {
    files.rename(Caller.ROOT, ROOT, name("moved"), ROOT, name("target"), RenameMode.REPLACE);
    return null;
  }

  private Void remove() throws ErrnoException, IOException {
    files.removeDirectory(Caller.ROOT, ROOT, name("target"));
    return null;
  }

  private Void sync() throws ErrnoException, IOException {
    files.sync();
    return null;
  }

  private <T> T soon(Callable<T> work) throws Exception {
    return threads.submit(work).get(TIMEOUT_SECONDS, SECONDS);
  }

  private Future<Void> begin(Callable<Void> ending) throws IOException {
    stores.arm();
    Future<Void> begun = threads.submit(ending);
    stores.awaitHalt();
    return begun;
  }

  private void findsWhatIsAdded(Callable<Void> ending) throws Exception {
    Future<Void> begun = begin(ending);
    soon(() -> make(target, "below"));
    soon(this::sync);
    stores.goOn();
    assertThatThrownBy(() -> begun.get(TIMEOUT_SECONDS, SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTEMPTY));
    assertThat(files.lookup(target, name("below")).isDirectory()).isTrue();
  }

  @Test
  void aRenameOverADirectoryFindsWhatIsAddedMeanwhile() throws Exception {
    findsWhatIsAdded(() -> rename());
  }

  @Test
  void removingADirectoryFindsWhatIsAddedMeanwhile() throws Exception {
    findsWhatIsAdded(this::remove);
  }

  @Test
  void aRenameOverADirectoryThatIsEmptySucceedsAfterAddAndRemove() throws Exception {
    Future<Void> begun = begin(() -> rename());
    soon(() -> make(target, "below"));
    soon(
        () -> {
          files.removeDirectory(Caller.ROOT, target, name("below"));
          return null;
        });
    stores.goOn();
    begun.get(TIMEOUT_SECONDS, SECONDS);
    assertThatThrownBy(() -> files.lookup(ROOT, name("moved"))).isInstanceOf(ErrnoException.class);
  }
}
