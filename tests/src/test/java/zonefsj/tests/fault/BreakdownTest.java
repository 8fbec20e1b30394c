// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.WriteMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.LiveFuseMount;
import zonefsj.fs.fuse.MountEnd;
import zonefsj.fs.fuse.UmountCalls;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.crash.LogSilencer;
import zonefsj.tests.fixture.VolumeMount;
import zonefsj.tests.model.Trees;

/**
 * What nobody understands, met by any thread, turns the mount read-only with words: nobody waits
 * for a thread that is gone.
 */
@Timeout(60)
class BreakdownTest {
  private static final int RUN_BYTES = 1 << 20;

  /** A drive whose driver breaks down: what it throws then is no fault of a drive. */
  private static final class BreakingDevice extends FilterZonedDevice {
    private volatile boolean writesBreak;
    private volatile boolean reportsBreak;

    BreakingDevice(RamZonedDevice drive) {
      super(drive);
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      if (writesBreak) {
        throw new OutOfMemoryError("none left, says the test");
      }
      super.write(positionBytes, sources);
    }

    @Override
    public List<ZoneDescriptor> report(int from, int count) throws IOException {
      if (reportsBreak) {
        throw new IllegalStateException("the driver is lost, says the test");
      }
      return super.report(from, count);
    }
  }

  private final LogSilencer quiet = new LogSilencer();
  private final BreakingDevice drive;
  private volatile Instant now = FaultyVolume.CLOCK.instant();
  private volatile Runnable atTheTime = () -> {};

  BreakdownTest() throws IOException {
    RamZonedDevice ram =
        RamZonedDevice.create(
            EmulatedGeometry.builder(128L << 20)
                .zoneSizeBytes(2 << 20)
                .maxOpenZones(8)
                .maxActiveZones(10)
                .build());
    FaultyVolume.format(ram, new UUID(7, 7), new SplittableRandom(7));
    drive = new BreakingDevice(ram);
  }

  @AfterEach
  void logAgain() {
    quiet.close();
  }

  private Instant time() {
    atTheTime.run();
    return now;
  }

  private Volume mount(boolean background) throws IOException {
    VolumeOptions usual = VolumeOptions.DEFAULT;
    VolumeOptions options =
        new VolumeOptions(
            false,
            Duration.ofHours(1),
            null,
            usual.cacheBytes(),
            8 << 20,
            usual.accessTimes(),
            usual.errors(),
            usual.gc(),
            usual.zones());
    return VolumeMount.of(this::time, new SplittableRandom(8))
        .with(options)
        .background(background)
        .on(drive);
  }

  private static long create(Volume volume, String name, int mode) throws Exception {
    return volume
        .fileSystem()
        .create(
            Caller.ROOT,
            ZoneFileSystem.ROOT_INODE,
            name.getBytes(StandardCharsets.US_ASCII),
            mode,
            OpenFlags.READ_WRITE)
        .handle();
  }

  private static void awaitReadOnly(Volume volume) throws InterruptedException {
    while (!volume.status().readOnly()) {
      if (Thread.interrupted()) {
        throw new InterruptedException("it does not turn read-only");
      }
      Thread.onSpinWait();
    }
  }

  private static void assertWords(Volume volume, String words) {
    assertThat(volume.status().readOnly()).isTrue();
    assertThat(volume.status().errors()).anyMatch(line -> line.contains(words));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBreakdownWhileABufferIsWrittenEndsTheCommitThatWaitsForIt(boolean background)
      throws Exception {
    try (Volume volume = mount(background)) {
      long handle = create(volume, "f", 0644);
      drive.writesBreak = true;
      ByteBuffer bytes = ByteBuffer.wrap(FaultyVolume.random(1, RUN_BYTES));
      volume.fileSystem().write(handle, 0, bytes, false);
      assertThatThrownBy(() -> volume.fileSystem().fsync(handle)).isInstanceOf(IOException.class);
      assertWords(volume, "none left, says the test");
    }
  }

  @Test
  void aBreakdownInTheBackgroundCommitWakesWritersThatWaitForMemory() throws Exception {
    try (Volume volume = mount(true)) {
      long handle = create(volume, "f", 0644);
      drive.writesBreak = true;
      assertThatThrownBy(
              () -> {
                for (int piece = 0; piece < 10_000; piece++) {
                  ByteBuffer bytes = ByteBuffer.wrap(FaultyVolume.random(piece, 4096));
                  volume.fileSystem().write(handle, piece * 8192L, bytes, false);
                }
              })
          .isInstanceOfSatisfying(
              ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EROFS));
      assertWords(volume, "none left, says the test");
    }
  }

  @Test
  void aBreakdownOfTheThreadThatWatchesTheZonesIsSeen() throws Exception {
    try (Volume volume = mount(true)) {
      drive.reportsBreak = true;
      now = now.plusSeconds(60);
      awaitReadOnly(volume);
      drive.reportsBreak = false;
      assertWords(volume, "the driver is lost, says the test");
    }
  }

  @Test
  void aChangeThatBreaksOffBehindItsBytesIsNeverCommitted() throws Exception {
    try (Volume volume = mount(false)) {
      ZoneFileSystem files = volume.fileSystem();
      long handle = create(volume, "f", 0644);
      files.write(handle, 0, ByteBuffer.wrap(FaultyVolume.random(2, RUN_BYTES / 2)), false);
      files.sync();
      SortedMap<String, String> before = Trees.of(files);
      CountDownLatch inside = new CountDownLatch(1);
      AtomicReference<@Nullable Thread> syncing = new AtomicReference<>();
      Thread writing = Thread.currentThread();
      // The time of the write is asked for when its bytes are in the batch.
      atTheTime =
          () -> {
            if (Thread.currentThread() == writing) {
              atTheTime = () -> {};
              inside.countDown();
              awaitParked(syncing);
              throw new IllegalStateException("no clock, says the test");
            }
          };
      ExecutorService other = Executors.newSingleThreadExecutor();
      try {
        Future<?> sync =
            other.submit(
                () -> {
                  inside.await();
                  syncing.set(Thread.currentThread());
                  files.sync();
                  return null;
                });
        byte[] content = FaultyVolume.random(3, RUN_BYTES);
        assertThatThrownBy(() -> files.write(handle, 0, ByteBuffer.wrap(content), false))
            .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(sync::get).hasCauseInstanceOf(IOException.class);
      } finally {
        other.shutdownNow();
      }
      assertThat(volume.status().readOnlyReason()).contains("half-way");
      assertThat(volume.status().errors()).anyMatch(line -> line.contains("half-way"));
      volume.abandon();
      try (Volume again = mount(false)) {
        assertThat(Trees.of(again.fileSystem())).isEqualTo(before);
      }
    }
  }

  /** The commit waits for the seal: nobody else holds a thread that has nothing else to do. */
  private static void awaitParked(AtomicReference<@Nullable Thread> thread) {
    while (true) {
      Thread one = thread.get();
      if (one != null && one.getState() == Thread.State.WAITING) {
        return;
      }
      if (Thread.interrupted()) {
        throw new IllegalStateException("no commit waits for the seal");
      }
      Thread.onSpinWait();
    }
  }

  @Test
  void whatTheKernelIsToldOfLostSetIdsComesWhenTheyAreLost() throws Exception {
    try (Volume volume = mount(false)) {
      ZoneFileSystem files = volume.fileSystem();
      create(volume, "f", 0644);
      long inode =
          files.lookup(ZoneFileSystem.ROOT_INODE, "f".getBytes(StandardCharsets.US_ASCII)).inode();
      files.setAttributes(Caller.ROOT, inode, AttributeChange.ofMode(04777));
      Caller stranger = new Caller(1000, 1000, 0);
      long handle = files.open(stranger, inode, OpenFlags.READ_WRITE);
      List<Integer> modes = new ArrayList<>();
      files.onSetIdsDropped(
          dropped -> {
            try {
              modes.add(files.attributes(dropped).mode() & 07777);
            } catch (ErrnoException | IOException failed) {
              throw new AssertionError(failed);
            }
          });
      files.write(handle, 0, ByteBuffer.wrap(new byte[] {1}), WriteMode.by(stranger));
      assertThat(modes).containsExactly(0777);
    }
  }

  /** A mount without a kernel, whose end breaks down. */
  private static final class BreakingMount extends LiveFuseMount {
    BreakingMount(ZoneFileSystem fileSystem) {
      super("test", Path.of("/nowhere/mounted"), new NoCalls(), "true", fileSystem);
    }

    void begin() throws FuseMountException {
      start(List.of(new Thread(this::work, "worker")));
    }

    private void work() {
      firstAnswered();
      workerEnded(0);
    }

    @Override
    protected void free() {
      throw new IllegalStateException("nothing can be freed, says the test");
    }
  }

  private static final class NoCalls implements UmountCalls {
    @Override
    public int open(String path, int flags) {
      return 0;
    }

    @Override
    public void close(int descriptor) {}

    @Override
    public int umount(String path, int flags) {
      return 0;
    }
  }

  @Test
  void aMountWhoseEndBreaksDownEnds() throws Exception {
    try (Volume volume = mount(false);
        BreakingMount mount = new BreakingMount(volume.fileSystem())) {
      mount.begin();
      assertThat(mount.awaitEnd().cause()).isNotEqualTo(MountEnd.Cause.UNMOUNTED);
      awaitReadOnly(volume);
      assertWords(volume, "nothing can be freed, says the test");
    }
  }
}
