// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.CAPACITY;
import static zonefsj.tests.contract.Devices.ZONE;
import static zonefsj.tests.contract.Devices.ZONES;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.assertZone;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.written;
import static zonefsj.tests.contract.Devices.zone;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.layer.LayeredZonedDevice;

/** What every kind of layer does, over an empty drive and over one that is written. */
@SuppressWarnings("NarrowCalculation") // drives of a few MiB
abstract class LayeredDriveContractTest extends ConcurrentAccessContractTest {
  /** A new layer over a drive; closing it closes the drive. */
  abstract LayeredZonedDevice layer(ZonedDevice base) throws IOException;

  /** The same layer, opened again, if its kind survives that. */
  LayeredZonedDevice reopened(LayeredZonedDevice layer) throws IOException {
    return layer;
  }

  /** A sequence of accesses whose reopening the kind of layer survives. */
  PlainComparison comparison(long seed) {
    return new PlainComparison(seed);
  }

  @Override
  protected final ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    return layer(new UntouchableDrive(RamZonedDevice.create(geometry)));
  }

  @Test
  void zonesBeginAsTheDriveBelowHasThem() throws IOException {
    try (LayeredZonedDevice layer = layer(new UntouchableDrive(written()))) {
      assertZone(layer, 0, ZoneCondition.NOT_WRITE_POINTER, 0);
      assertZone(layer, 2, ZoneCondition.CLOSED, 3 * BLOCK);
      assertZone(layer, 3, ZoneCondition.CLOSED, 0);
      assertZone(layer, 4, ZoneCondition.FULL, CAPACITY);
      assertZone(layer, 5, ZoneCondition.FULL, CAPACITY);
      assertZone(layer, 6, ZoneCondition.READ_ONLY, 0);
      assertZone(layer, 7, ZoneCondition.OFFLINE, 0);
      assertZone(layer, 8, ZoneCondition.CLOSED, 2 * BLOCK);
      assertZone(layer, 9, ZoneCondition.EMPTY, 0);
      assertThat(read(layer, start(0) + 4 * BLOCK, BLOCK)).containsOnly(0);
      assertThat(read(layer, start(0) + 5 * BLOCK, 4 * BLOCK)).isEqualTo(bytes(blocks(4, 10)));
      assertThat(read(layer, start(2), 3 * BLOCK)).isEqualTo(bytes(blocks(3, 2)));
      assertThat(read(layer, start(5), 2 * BLOCK)).isEqualTo(bytes(blocks(2, 5)));
      assertThat(read(layer, start(6), 6 * BLOCK)).isEqualTo(bytes(blocks(6, 6)));
      assertRefused(Reason.ZONE_OFFLINE, 7, () -> read(layer, start(7), BLOCK));
      assertRefused(
          Reason.ZONE_READ_ONLY, 6, () -> layer.write(start(6) + 6 * BLOCK, blocks(1, 1)));
    }
  }

  @Test
  void readsCrossFromTheDriveBelowToTheLayer() throws IOException {
    LayeredZonedDevice layer = layer(new UntouchableDrive(written()));
    layer.write(start(2) + 3 * BLOCK, blocks(2, 20));
    layer.append(8, blocks(1, 80));
    for (int from = 5; from < 9; from += 2) {
      layer.write(start(0) + from * BLOCK, blocks(1, 100 + from));
    }
    for (int round = 0; round < 2; round++) {
      assertThat(read(layer, start(2) + BLOCK, 6 * BLOCK))
          .isEqualTo(
              joined(
                  Arrays.copyOfRange(bytes(blocks(3, 2)), BLOCK, 3 * BLOCK),
                  bytes(blocks(2, 20)),
                  new byte[2 * BLOCK]));
      byte[] below = bytes(blocks(4, 10));
      assertThat(read(layer, start(0) + 4 * BLOCK, 6 * BLOCK))
          .isEqualTo(
              joined(
                  new byte[BLOCK],
                  bytes(blocks(1, 105)),
                  Arrays.copyOfRange(below, BLOCK, 2 * BLOCK),
                  bytes(blocks(1, 107)),
                  Arrays.copyOfRange(below, 3 * BLOCK, 4 * BLOCK),
                  new byte[BLOCK]));
      assertThat(read(layer, start(8), 3 * BLOCK))
          .isEqualTo(joined(bytes(blocks(2, 8)), bytes(blocks(1, 80))));
      layer = reopened(layer);
    }
    layer.close();
  }

  @Test
  void aResetHidesTheDriveBelow() throws IOException {
    LayeredZonedDevice layer = layer(new UntouchableDrive(written()));
    layer.reset(2);
    layer.reset(4);
    layer.write(start(4), blocks(1, 40));
    layer.reset(5);
    layer.write(start(5), blocks(1, 50));
    layer.finish(5);
    layer.finish(8);
    for (int round = 0; round < 2; round++) {
      assertZone(layer, 2, ZoneCondition.EMPTY, 0);
      assertThat(read(layer, start(2), ZONE)).containsOnly(0);
      assertThat(read(layer, start(4), ZONE))
          .isEqualTo(joined(bytes(blocks(1, 40)), new byte[ZONE - BLOCK]));
      assertThat(zone(layer, 5).condition()).isEqualTo(ZoneCondition.FULL);
      assertThat(read(layer, start(5), ZONE))
          .isEqualTo(joined(bytes(blocks(1, 50)), new byte[ZONE - BLOCK]));
      assertThat(read(layer, start(8), 2 * BLOCK)).isEqualTo(bytes(blocks(2, 8)));
      layer = reopened(layer);
    }
    layer.write(start(2), blocks(1, 21));
    assertThat(read(layer, start(2), 3 * BLOCK))
        .isEqualTo(joined(bytes(blocks(1, 21)), new byte[2 * BLOCK]));
    layer.close();
  }

  @Test
  void theLimitsOfTheDriveBelowHold() throws IOException {
    try (LayeredZonedDevice layer = layer(new UntouchableDrive(written()))) {
      layer.write(start(9), blocks(1, 1));
      layer.write(start(10), blocks(1, 1));
      assertRefused(Reason.TOO_MANY_ACTIVE, 11, () -> layer.write(start(11), blocks(1, 1)));
      layer.reset(2);
      layer.write(start(11), blocks(1, 1));
    }
  }

  @Test
  void aFailureOfTheDriveBelowNamesTheZone() throws IOException {
    RamZonedDevice base = written();
    try (LayeredZonedDevice layer = layer(new UntouchableDrive(base))) {
      base.setOffline(2);
      assertRefused(Reason.ZONE_OFFLINE, 2, () -> read(layer, start(2), BLOCK));
      assertZone(layer, 2, ZoneCondition.CLOSED, 3 * BLOCK);
      layer.reset(2);
      assertThat(read(layer, start(2), BLOCK)).containsOnly(0);
    }
  }

  @Test
  void aLayeredDriveOwnsTheDriveBelow() throws IOException {
    RamZonedDevice base = written();
    layer(base).close();
    assertRefused(Reason.CLOSED, -1, () -> base.report(0, ZONES));
  }

  @Test
  void randomAccessesAreAnsweredAsByThePlainDrive() throws IOException {
    for (long seed = 1; seed <= 40; seed++) {
      String difference =
          comparison(seed).play(base -> layer(new UntouchableDrive(base)), this::reopened);
      assertThat(difference).as("seed %d", seed).isNull();
    }
  }

  static byte[] joined(byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    ByteBuffer all = ByteBuffer.allocate(length);
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }
}
