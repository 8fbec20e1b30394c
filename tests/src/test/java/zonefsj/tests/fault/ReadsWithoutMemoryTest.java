// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.WriteMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fixture.VolumeMount;

/** Reading does not wait for memory that writers wait for, although it moves access times. */
final class ReadsWithoutMemoryTest {
  private static final long ROOT = 1;
  private static final int CHUNK_BYTES = 200_000;
  private static final int MANY_FILES = 100;
  private static final long STILL_MILLIS = 500;
  private static final int READ_SECONDS = 30;

  @Test
  @Timeout(60)
  void aReadDoesNotWaitBehindWriters() throws Exception {
    RamZonedDevice ram =
        RamZonedDevice.create(
            EmulatedGeometry.builder(128L << 20)
                .zoneSizeBytes(2 << 20)
                .maxOpenZones(8)
                .maxActiveZones(10)
                .build());
    FaultyVolume.format(ram, new UUID(7, 8), new SplittableRandom(8));
    VolumeOptions usual = VolumeOptions.DEFAULT;
    VolumeOptions options =
        new VolumeOptions(
            false,
            Duration.ofHours(1),
            null,
            usual.cacheBytes(),
            1 << 20,
            usual.accessTimes(),
            usual.errors(),
            usual.gc(),
            usual.zones());
    WaitingDevice slow = new WaitingDevice(ram);
    try (Volume volume =
        VolumeMount.of(InstantSource.system(), new SplittableRandom(9))
            .with(options)
            .background(true)
            .on(slow)) {
      ZoneFileSystem fileSystem = volume.fileSystem();
      ZoneFileSystem.Created first = create(fileSystem, "first");
      byte[] chunk = FaultyVolume.random(1, CHUNK_BYTES);
      fileSystem.write(first.handle(), 0, ByteBuffer.wrap(chunk), WriteMode.PLAIN);
      AtomicInteger written = new AtomicInteger();
      FutureTask<Void> writes =
          new FutureTask<>(
              () -> {
                for (int file = 0; file < MANY_FILES; file++) {
                  long handle = create(fileSystem, "f" + file).handle();
                  fileSystem.write(handle, 0, ByteBuffer.wrap(chunk), WriteMode.PLAIN);
                  written.incrementAndGet();
                }
                return null;
              });
      FutureTask<Integer> read =
          new FutureTask<>(
              () -> fileSystem.read(first.handle(), 0, ByteBuffer.allocate(CHUNK_BYTES)));
      slow.hold();
      try {
        new Thread(writes, "writer").start();
        int seen;
        do {
          seen = written.get();
          Thread.sleep(STILL_MILLIS);
        } while (written.get() != seen || seen == 0);
        assertThat(seen).isLessThan(MANY_FILES);
        new Thread(read, "reader").start();
        assertThat(read.get(READ_SECONDS, TimeUnit.SECONDS)).isEqualTo(CHUNK_BYTES);
        assertThat(writes.isDone()).isFalse();
      } finally {
        slow.goOn();
        writes.get();
      }
    }
  }

  private static ZoneFileSystem.Created create(ZoneFileSystem fileSystem, String name)
      throws Exception {
    return fileSystem.create(
        Caller.ROOT, ROOT, name.getBytes(StandardCharsets.UTF_8), 0644, OpenFlags.READ_WRITE);
  }
}
