// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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

  private final LogSilencer quiet = new LogSilencer();
  private final CountDownLatch minutesHavePassed = new CountDownLatch(MINUTES);
  private final AtomicLong elapsedMillis = new AtomicLong();
  private final FutureTask<@Nullable Void> unmount;
  private final Thread unmounter;
  private final RamZonedDevice ram;
  private final WaitingDevice slow;
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
    slow = new WaitingDevice(ram);
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
            usual.gc(),
            usual.zones());
    Volume mounted =
        new VolumeMount(
                options,
                new VolumeEnvironment(
                    FaultyVolume.CLOCK, this::elapsedMillis, new SplittableRandom(9), stores, true))
            .on(slow);
    drive.use(mounted);
    slow.hold();
    drive.write("file", 0, FaultyVolume.random(1, FILE_BYTES));
  }

  @AfterEach
  void endAll() throws Exception {
    slow.goOn();
    unmounter.join();
    drive.close();
    quiet.close();
  }

  @Test
  void whatWasNotSyncedIsDurableAfterwards() throws Exception {
    unmounter.start();
    assertThat(minutesHavePassed.await(40, TimeUnit.SECONDS)).isTrue();
    slow.goOn();
    unmount.get();
    drive.mountAgain();
    assertThat(drive.read("file")).isEqualTo(FaultyVolume.random(1, FILE_BYTES));
  }
}
