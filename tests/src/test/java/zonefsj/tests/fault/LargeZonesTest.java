// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fixture.DriveFormat;

/** Zones that are longer than the journal may get: every real drive has them. */
class LargeZonesTest {
  private static final long LIMIT_BYTES = 64L << 20;
  private static final long ZONE_BYTES = 144L << 20;
  private static final int VALUE_BYTES = 60_000;
  private static final int VALUES = 40;

  private final SplittableRandom nonces = new SplittableRandom(4);
  private final Random random = new Random(4);

  /** Counts what a mount reads. */
  private static final class CountingDevice extends FilterZonedDevice {
    private final AtomicLong readBytes = new AtomicLong();

    CountingDevice(ZonedDevice drive) {
      super(drive);
    }

    @Override
    public void read(long positionBytes, ByteBuffer destination) throws IOException {
      readBytes.addAndGet(destination.remaining());
      super.read(positionBytes, destination);
    }

    @Override
    public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
      read(positionBytes, destination);
    }
  }

  private Volume mount(ZonedDevice drive, MemoryMetadataStores stores) throws IOException {
    return FaultyVolume.mounting(nonces, stores).on(drive);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theJournalKeepsItsBoundWithinAZone(int journalCopies) throws Exception {
    RamZonedDevice drive =
        RamZonedDevice.create(
            EmulatedGeometry.builder(24 * ZONE_BYTES)
                .zoneSizeBytes(ZONE_BYTES)
                .maxOpenZones(10)
                .maxActiveZones(12)
                .build());
    new DriveFormat("large", new UUID(9, 9), journalCopies)
        .format(drive, FaultyVolume.CLOCK, nonces);
    MemoryMetadataStores stores = new MemoryMetadataStores();
    Volume volume = mount(drive, stores);
    ZoneFileSystem files = volume.fileSystem();
    byte[] name = "f".getBytes(StandardCharsets.US_ASCII);
    long inode = files.makeNode(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name, 0100644, 0).inode();
    long written = 0;
    byte[] value = new byte[VALUE_BYTES];
    while (written < 4 * LIMIT_BYTES) {
      for (int number = 0; number < VALUES; number++) {
        random.nextBytes(value);
        byte[] attribute = ("user.a" + number).getBytes(StandardCharsets.US_ASCII);
        files.setXattr(Caller.ROOT, inode, attribute, value, XattrMode.ANY);
        written += VALUE_BYTES;
      }
      files.sync();
      assertThat(volume.status().journalBytes())
          .as("journal after %d bytes", written)
          .isLessThan(LIMIT_BYTES * 5 / 4 + (4 << 20));
    }
    assertThat(volume.status().checkpoints()).as("checkpoints").isBetween(3L, 5L);
    assertThat(volume.status().zonesByRole().getOrDefault("journal", 0))
        .as("zones of the journal")
        .isLessThanOrEqualTo(2 * journalCopies);
    volume.abandon();
    stores.crash();
    stores.lose();
    CountingDevice counting = new CountingDevice(drive);
    try (Volume again = mount(counting, stores)) {
      // Each record is read once to be found and once to be delivered, from each copy.
      assertThat(counting.readBytes.get())
          .as("bytes that the mount read")
          .isLessThan(2L * journalCopies * LIMIT_BYTES * 5 / 4 + (32 << 20));
      byte[] last = ("user.a" + (VALUES - 1)).getBytes(StandardCharsets.US_ASCII);
      assertThat(again.fileSystem().getXattr(inode, last)).isEqualTo(value);
      assertThat(again.status().readOnly()).isFalse();
    }
  }
}
