// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.RenameMode;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeEnvironment;

/** A mounted volume on which one request halts in a scan while others go on. */
abstract class HaltingVolume {
  static final long ROOT = ZoneFileSystem.ROOT_INODE;
  static final int TIMEOUT_SECONDS = 20;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HaltingStores stores;
  private RamZonedDevice drive;
  private Volume volume;
  ZoneFileSystem files;

  /**
   * @param halted the first scan of it halts
   */
  HaltingVolume(ColumnFamily halted) {
    stores = new HaltingStores(halted);
  }

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
  }

  @AfterEach
  void unmount() throws Exception {
    stores.goOn();
    threads.shutdown();
    assertThat(threads.awaitTermination(TIMEOUT_SECONDS, SECONDS)).isTrue();
    volume.close();
    drive.close();
  }

  static byte[] name(String text) {
    return text.getBytes(UTF_8);
  }

  long make(long parent, String name) throws ErrnoException, IOException {
    return files.makeDirectory(Caller.ROOT, parent, name(name), 0755).inode();
  }

  Void rename(String from, long newParent, String to) throws ErrnoException, IOException {
    files.rename(Caller.ROOT, ROOT, name(from), newParent, name(to), RenameMode.REPLACE);
    return null;
  }

  Void sync() throws ErrnoException, IOException {
    files.sync();
    return null;
  }

  /** Begins a request and returns when it halts. */
  Future<Void> begin(Callable<Void> request) throws IOException {
    stores.arm();
    Future<Void> begun = threads.submit(request);
    stores.awaitHalt();
    return begun;
  }

  void goOn() {
    stores.goOn();
  }

  <T> T soon(Callable<T> work) throws Exception {
    return threads.submit(work).get(TIMEOUT_SECONDS, SECONDS);
  }
}
