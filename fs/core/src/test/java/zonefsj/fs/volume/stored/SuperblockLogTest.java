// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceException;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.zonemgr.ZoneAllocator;

/** The newest entry of the superblock log stays whole, whatever is torn or fails. */
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

  /** Fails the writes of some zones, after they have reached the medium or before. */
  private static final class Failing extends FilterZonedDevice {
    final Set<Integer> zones = new HashSet<>();
    boolean lands;

    Failing(ZonedDevice delegate) {
      super(delegate);
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      int zone = geometry().zoneOf(positionBytes);
      boolean fails = zones.contains(zone);
      if (!fails || lands) {
        super.write(positionBytes, sources);
      }
      if (fails) {
        throw new DeviceException(DeviceException.Reason.MEDIA, zone, "zone " + zone + " fails");
      }
    }
  }

  private static RamZonedDevice drive(long zoneBytes) {
    return drive(zoneBytes, 3);
  }

  private static RamZonedDevice drive(long zoneBytes, int conventionalZones) {
    return RamZonedDevice.create(
        EmulatedGeometry.builder(ZONES * zoneBytes)
            .zoneSizeBytes(zoneBytes)
            .conventionalZones(conventionalZones)
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

  @Test
  void aFailedWriteDoesNotEmptyTheZoneWithTheOnlyCopy() throws IOException {
    try (Failing drive = new Failing(drive(1 << 20, 0))) {
      SuperblockLog log = log(drive, entry(drive, 1));
      log.write(entry(drive, 1));
      drive.zones.add(1);
      log.write(entry(drive, 2));
      assertThat(newest(drive)).isEqualTo(2);

      drive.zones.add(0);
      assertThatThrownBy(() -> log.write(entry(drive, 3)))
          .isInstanceOf(SuperblockLog.LastCopyException.class);
      assertThat(newest(drive)).isEqualTo(2);
      assertThat(log.currentHasOneCopy()).isTrue();

      // Behind the head of a journal segment it may be emptied.
      drive.zones.clear();
      log.writeBehindHead(entry(drive, 3));
      assertThat(newest(drive)).isEqualTo(log.current().generation());
      assertThat(log.currentHasOneCopy()).isFalse();
      log.close();
    }
  }

  @Test
  void twoZonesThatFailTogetherAreNotBothEmptied() throws IOException {
    try (Failing drive = new Failing(drive(1 << 20, 0))) {
      SuperblockLog log = log(drive, entry(drive, 1));
      log.write(entry(drive, 1));
      drive.zones.addAll(Set.of(0, 1));
      assertThatThrownBy(() -> log.write(entry(drive, 2)))
          .isInstanceOf(SuperblockLog.LastCopyException.class);
      assertThat(newest(drive)).isEqualTo(1);
      log.close();
    }
  }

  @Test
  void theGenerationOfAnEntryThatFailedIsNotUsedAgain() throws IOException {
    try (Failing drive = new Failing(drive(1 << 20, 3))) {
      SuperblockLog log = log(drive, entry(drive, 1));
      log.write(entry(drive, 5));
      drive.zones.addAll(Set.of(0, 1));
      drive.lands = true;
      assertThatThrownBy(() -> log.write(entry(drive, 6))).isInstanceOf(DeviceException.class);
      assertThat(newest(drive)).as("it landed").isEqualTo(6);
      drive.zones.clear();
      log.write(entry(drive, 6));
      assertThat(log.current().generation()).isEqualTo(7);
      assertThat(newest(drive)).isEqualTo(7);
      log.close();
    }
  }
}
