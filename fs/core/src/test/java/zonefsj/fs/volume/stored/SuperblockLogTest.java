// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.zonemgr.ZoneAllocator;

/** A conventional zone of the superblock log: its newest entry stays whole, whatever is torn. */
class SuperblockLogTest {
  private static final UUID FILESYSTEM = new UUID(0x5b, 0x106);
  private static final int ZONES = 16;

  /** Writes that the drive has, by position. */
  private static final class Positions extends FilterZonedDevice {
    final List<Long> written = new ArrayList<>();

    Positions(ZonedDevice delegate) {
      super(delegate);
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      written.add(positionBytes);
      super.write(positionBytes, sources);
    }
  }

  private static RamZonedDevice drive(long zoneBytes) {
    return RamZonedDevice.create(
        EmulatedGeometry.builder(ZONES * zoneBytes)
            .zoneSizeBytes(zoneBytes)
            .conventionalZones(3)
            .build());
  }

  private static SuperblockEntry entry(ZonedDevice drive, long generation) {
    SuperblockEntry.Facts facts =
        new SuperblockEntry.Facts(
            0,
            0,
            0,
            0,
            ZONES,
            drive.geometry().zoneSizeBytes(),
            drive.geometry().blockSizeBytes(),
            List.of(0, 1),
            1,
            "",
            null);
    return new SuperblockEntry(FILESYSTEM, generation, 1, facts, null, null, List.of());
  }

  private static SuperblockLog log(ZonedDevice drive, SuperblockEntry current) throws IOException {
    List<ZoneDescriptor> report = drive.report(0, ZONES);
    return new SuperblockLog(drive, new ZoneAllocator(drive, report, 1), report, current);
  }

  private static long newest(ZonedDevice drive) throws IOException {
    return Objects.requireNonNull(
            new SuperblockFinder(drive, drive.report(0, ZONES)).inSuperblock())
        .generation();
  }

  /** The write would tear what it overwrites, in both zones. */
  private static void assertNewestStays(
      Positions drive, SuperblockLog log, SuperblockEntry next, long slotsOfNewest)
      throws IOException {
    drive.written.clear();
    log.write(next);
    assertThat(drive.written).hasSize(2).doesNotContain(slotsOfNewest);
    assertThat(newest(drive)).isEqualTo(next.generation());
  }

  @ParameterizedTest
  @ValueSource(longs = {64 << 10, 128 << 10, 1 << 20, 2 << 20})
  void theNewestEntryIsNotOverwrittenWhateverGenerationsAreSkipped(long zoneBytes)
      throws IOException {
    for (long skipped = 0; skipped < 130; skipped++) {
      try (Positions drive = new Positions(drive(zoneBytes))) {
        SuperblockLog log = log(drive, entry(drive, 1));
        log.write(entry(drive, 5));
        long newestAt = drive.written.get(0);
        log.holdBack();
        for (long held = 1; held <= skipped; held++) {
          log.write(entry(drive, 5 + held));
        }
        log.release();
        assertNewestStays(drive, log, entry(drive, 6 + skipped), newestAt);
        log.close();
      }
    }
  }

  /** A mount begins with a generation that is not that of the newest entry. */
  @ParameterizedTest
  @ValueSource(longs = {64 << 10, 128 << 10, 1 << 20, 2 << 20})
  void aMountDoesNotOverwriteTheNewestEntryEither(long zoneBytes) throws IOException {
    try (Positions drive = new Positions(drive(zoneBytes))) {
      for (long more = 1; more < 130; more++) {
        SuperblockLog before = log(drive, entry(drive, more * 1000));
        drive.written.clear();
        before.write(entry(drive, more * 1000));
        long newestAt = drive.written.get(0);
        before.close();
        SuperblockEntry next = entry(drive, more * 1000 + more);
        SuperblockLog after = log(drive, next);
        assertNewestStays(drive, after, next, newestAt);
        after.close();
      }
    }
  }

  @Test
  void aSlotThatCannotBeReadHoldsNoEntry() throws IOException {
    try (RamZonedDevice ram = drive(1 << 20)) {
      Positions drive = new Positions(ram);
      SuperblockLog log = log(drive, entry(drive, 1));
      log.write(entry(drive, 64));
      log.close();
      FilterZonedDevice bad =
          new FilterZonedDevice(drive) {
            @Override
            public void read(long positionBytes, ByteBuffer destination) throws IOException {
              if (positionBytes == 16 << 10) {
                throw new IOException("a bad block");
              }
              super.read(positionBytes, destination);
            }
          };
      SuperblockLog again = log(bad, entry(drive, 64));
      drive.written.clear();
      again.write(entry(drive, 128));
      assertThat(drive.written).containsExactly(16L << 10, (1L << 20) + (16 << 10));
      again.close();
    }
  }
}
