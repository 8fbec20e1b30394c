// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.written;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.cache.CacheException;
import zonefsj.device.cache.CacheOptions;
import zonefsj.device.cache.CachedZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;

/**
 * A cache on a drive keeps the contract, also while its ring goes round, and overwrites nothing.
 */
class CachedOnDriveTest extends CachedDriveContractTest {
  private static final int LINE = 4 * BLOCK;
  private static final int LINES_OF_ZONE = 4;
  private static final CacheOptions OPTIONS = new CacheOptions(LINE, 32 * BLOCK, true);

  /** A drive with room for so many bytes of lines, in zones of a few, and little beyond. */
  private static EmulatedGeometry room(long budgetBytes, int lineBytes, int blockBytes) {
    long zone = (long) LINES_OF_ZONE * lineBytes + blockBytes;
    return EmulatedGeometry.builder((budgetBytes / lineBytes / LINES_OF_ZONE + 2) * zone)
        .blockSizeBytes(blockBytes)
        .zoneSizeBytes(zone)
        .maxOpenZones(1)
        .maxActiveZones(1)
        .build();
  }

  @Override
  CachedZonedDevice cache(ZonedDevice below, long budgetBytes, CacheOptions options)
      throws IOException {
    int block = below.geometry().blockSizeBytes();
    return CachedZonedDevice.onDrive(
        below,
        RamZonedDevice.create(room(budgetBytes, options.lineBytes(), block)),
        budgetBytes,
        options);
  }

  /** What is behind a line on the drive belongs to another one. */
  @Override
  int linesCutByWrites() {
    return 3;
  }

  private static CachedZonedDevice open(ZonedDevice below, ZonedDevice top) throws IOException {
    return CachedZonedDevice.onDrive(below, top, 16 * LINE, OPTIONS);
  }

  private static RamZonedDevice top() {
    return RamZonedDevice.create(room(16 * LINE, LINE, BLOCK));
  }

  @Test
  void linesThatTheRingHasOverwrittenAreReadFromTheDrive() throws IOException {
    RamZonedDevice ram = RamZonedDevice.create(shape.geometry());
    try (CachedZonedDevice cached = open(ram, top())) {
      for (int zone = FIRST; zone < FIRST + 3; zone++) {
        cached.write(start(zone), blocks(30, zone));
        cached.write(start(zone) + 30 * BLOCK, blocks(18, 100 + zone));
        // The same lines for ever, although others go round.
        read(cached, start(FIRST), LINE);
        for (int line = 0; line < 48 / 4; line++) {
          assertThat(read(cached, start(zone) + (long) line * LINE, LINE))
              .isEqualTo(read(ram, start(zone) + (long) line * LINE, LINE));
        }
      }
      assertThat(cached.isOff()).isFalse();
      assertThat(cached.counters().hits()).isPositive();
    }
  }

  @Test
  void whatIsCachedEndsWithTheCache() throws IOException {
    RamZonedDevice top = top();
    RamZonedDevice killed = killed(top, 0);
    assertThat(killed.report(0, 1).get(0).writtenBytes()).isPositive();
    assertThat(top.report(0, top.geometry().zoneCount()))
        .extracting(ZoneDescriptor::condition)
        .containsOnly(ZoneCondition.EMPTY);
    RamZonedDevice other = RamZonedDevice.create(shape.geometry());
    other.write(start(4), blocks(8, 99));
    try (CachedZonedDevice cached = open(other, killed)) {
      assertThat(read(cached, start(4), 8 * BLOCK)).isEqualTo(bytes(blocks(8, 99)));
    }
  }

  /**
   * What a cache that is killed leaves on its drive.
   *
   * @param top is emptied, as by a cache that is closed
   * @param firstBlocks of zone 4, from which 32 blocks each were read
   */
  private RamZonedDevice killed(RamZonedDevice top, int... firstBlocks) throws IOException {
    try (CachedZonedDevice cached = open(written(), keptOpen(top))) {
      for (int first : firstBlocks) {
        read(cached, start(4) + (long) first * BLOCK, 32 * BLOCK);
      }
      return top.snapshot();
    }
  }

  private static ZonedDevice keptOpen(ZonedDevice drive) {
    return new FilterZonedDevice(drive) {
      @Override
      public void close() {
        // The test looks at it afterwards.
      }
    };
  }

  @Test
  void aSmallerCacheEmptiesALargerOne() throws IOException {
    RamZonedDevice killed = killed(top(), 0, 16);
    assertThat(killed.report(2, 1).get(0).writtenBytes()).isPositive();
    try (CachedZonedDevice cached = CachedZonedDevice.onDrive(written(), killed, LINE, OPTIONS)) {
      assertThat(killed.report(2, 1).get(0).condition()).isEqualTo(ZoneCondition.EMPTY);
      assertThat(read(cached, start(4), BLOCK)).isEqualTo(bytes(blocks(48, 4).limit(BLOCK)));
      assertThat(cached.isOff()).isFalse();
    }
  }

  /** Reads run beside a close: at an unmount, and when the drive is opened again. */
  @Test
  void aReadDuringTheCloseGetsNoEmptiedLine() throws IOException {
    RamZonedDevice ram = RamZonedDevice.create(shape.geometry());
    CachedZonedDevice[] cached = new CachedZonedDevice[1];
    boolean[] closes = {false};
    ZonedDevice top =
        new FilterZonedDevice(top()) {
          @Override
          public void read(long positionBytes, ByteBuffer destination) throws IOException {
            if (closes[0]) {
              closes[0] = false;
              cached[0].close();
            }
            super.read(positionBytes, destination);
          }

          @Override
          public void close() {
            // The read that is under way still finds the drive.
          }
        };
    cached[0] = open(keptOpen(ram), top);
    cached[0].write(start(FIRST), blocks(8, 1));
    closes[0] = true;
    assertThat(read(cached[0], start(FIRST), 4 * BLOCK))
        .isEqualTo(bytes(blocks(8, 1).limit(4 * BLOCK)));
    assertThat(closes[0]).isFalse();
    cached[0].close();
  }

  @Test
  void drivesThatAreNoCacheAreLeftAlone() throws IOException {
    RamZonedDevice other = top();
    other.write(other.geometry().zoneStartBytes(1), blocks(2, 7));
    refused(other, "holds something that is no zonefs-j cache");
    assertThat(read(other, other.geometry().zoneStartBytes(1), 2 * BLOCK))
        .isEqualTo(bytes(blocks(2, 7)));
    // An earlier cache, and other data behind it.
    RamZonedDevice found = killed(top(), 0);
    found.write(found.geometry().zoneStartBytes(4), blocks(2, 7));
    refused(found, "holds something that is no zonefs-j cache");
    assertThat(read(found, found.geometry().zoneStartBytes(4), 2 * BLOCK))
        .isEqualTo(bytes(blocks(2, 7)));
    refused(RamZonedDevice.create(room(16 * LINE, LINE, 2 * BLOCK)), "its blocks of 8K");
    refused(
        RamZonedDevice.create(EmulatedGeometry.builder(16 * LINE).zoneSizeBytes(LINE).build()),
        "no room for lines of 16K");
  }

  private static void refused(ZonedDevice top, String words) {
    CacheException refusal =
        catchThrowableOfType(CacheException.class, () -> open(written(), top).close());
    assertThat(refusal).hasMessageContaining(words);
    assertThat(refusal.getMessage()).doesNotContain("\n");
  }

  @Test
  void aDriveThatFailsIsSwitchedOff() throws IOException {
    RamZonedDevice ram = RamZonedDevice.create(shape.geometry());
    RamZonedDevice top = top();
    FaultScript script = new FaultScript();
    try (CachedZonedDevice cached = open(ram, new FaultyZonedDevice(top, script, top))) {
      cached.write(start(FIRST), blocks(20, 1));
      script.failFrom(DeviceOperation.READ, 1, Reason.MEDIA);
      assertThat(read(cached, start(FIRST), 20 * BLOCK)).isEqualTo(bytes(blocks(20, 1)));
      assertThat(cached.isOff()).isTrue();
      cached.append(FIRST, blocks(4, 2));
      assertThat(read(cached, start(FIRST) + 20 * BLOCK, 4 * BLOCK)).isEqualTo(bytes(blocks(4, 2)));
    }
  }
}
