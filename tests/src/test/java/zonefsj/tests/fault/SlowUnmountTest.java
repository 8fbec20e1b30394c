// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeEnvironment;
import zonefsj.tests.crash.LogSilencer;
import zonefsj.tests.fixture.VolumeMount;

/** An unmount waits for a drive that takes minutes for what is in memory. */
@Timeout(60)
class SlowUnmountTest {
  private static final int FILE_BYTES = 5 << 20;
  private static final long MINUTE_MILLIS = 60_000;

  /** More than pass until the other threads have ended. */
  private static final int MINUTES = 30;

  /** A drive that takes no writes until it is told to. */
  private static final class SlowDevice extends FilterZonedDevice {
    private final CountDownLatch goesOn = new CountDownLatch(1);
    private volatile boolean waits;

    SlowDevice(RamZonedDevice drive) {
      super(drive);
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      if (waits) {
        try {
          goesOn.await();
        } catch (InterruptedException interrupted) {
          throw new IOException("interrupted", interrupted);
        }
      }
      super.write(positionBytes, sources);
    }
  }

  private final LogSilencer quiet = new LogSilencer();
  private final CountDownLatch minutesHavePassed = new CountDownLatch(MINUTES);
  private final AtomicLong elapsedMillis = new AtomicLong();
  private final FutureTask<@Nullable Void> unmount;
  private final Thread unmounter;
  private final RamZonedDevice ram;
  private final SlowDevice slow;
  private FaultyVolume drive;

  SlowUnmountTest() throws IOException {
    ram =
        RamZonedDevice.create(
            EmulatedGeometry.builder(128L << 20)
                .zoneSizeBytes(2 << 20)
                .maxOpenZones(8)
                .maxActiveZones(10)
                .build());
    FaultyVolume.format(ram, new UUID(7, 8), new SplittableRandom(8));
    slow = new SlowDevice(ram);
    unmount =
        new FutureTask<>(
            () -> {
              drive.unmount();
              return null;
            });
    unmounter = new Thread(unmount, "unmount");
  }

  /** Who unmounts sees a minute pass at each look at the clock. */
  private long elapsedMillis() {
    if (Thread.currentThread() != unmounter) {
      return elapsedMillis.get();
    }
    minutesHavePassed.countDown();
    return elapsedMillis.addAndGet(MINUTE_MILLIS);
  }

  @BeforeEach
  void writeWhatTheDriveDoesNotTake() throws Exception {
    MemoryMetadataStores stores = new MemoryMetadataStores();
    drive = new FaultyVolume(ram, stores);
    drive.unmount();
    VolumeOptions usual = VolumeOptions.DEFAULT;
    VolumeOptions options =
        new VolumeOptions(
            false,
            Duration.ofHours(1),
            null,
            usual.cacheBytes(),
            64 << 20,
            usual.accessTimes(),
            usual.errors(),
            usual.gc());
    Volume mounted =
        new VolumeMount(
                options,
                new VolumeEnvironment(
                    FaultyVolume.CLOCK, this::elapsedMillis, new SplittableRandom(9), stores, true))
            .on(slow);
    drive.use(mounted);
    slow.waits = true;
    drive.write("file", 0, FaultyVolume.random(1, FILE_BYTES));
  }

  @AfterEach
  void endAll() throws Exception {
    slow.goesOn.countDown();
    unmounter.join();
    drive.close();
    quiet.close();
  }

  @Test
  void whatWasNotSyncedIsDurableAfterwards() throws Exception {
    unmounter.start();
    assertThat(minutesHavePassed.await(40, TimeUnit.SECONDS)).isTrue();
    slow.goesOn.countDown();
    unmount.get();
    drive.mountAgain();
    assertThat(drive.read("file")).isEqualTo(FaultyVolume.random(1, FILE_BYTES));
  }
}
