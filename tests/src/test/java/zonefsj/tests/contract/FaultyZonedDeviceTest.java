// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.assertZone;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.start;
import static zonefsj.tests.contract.Devices.zone;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.fault.SeededFaults;
import zonefsj.device.filter.DeviceOperation;

/** The failing wrapper keeps the contract while nothing fails, and fails as it is told. */
class FaultyZonedDeviceTest extends ConcurrentAccessContractTest {
  private final FaultScript script = new FaultScript();

  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) {
    RamZonedDevice ram = RamZonedDevice.create(geometry);
    return new FaultyZonedDevice(ram, script, ram);
  }

  @Test
  void theNthAccessFailsAndIsNotDone() throws IOException {
    script.fail(DeviceOperation.WRITE, 2, Reason.MEDIA);
    device.write(start(FIRST), blocks(1, 1));
    assertRefused(Reason.MEDIA, FIRST, () -> device.write(start(FIRST) + BLOCK, blocks(1, 2)));
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, BLOCK);
    device.write(start(FIRST) + BLOCK, blocks(1, 2));

    script.onZone(4, DeviceOperation.RESET, 1, new Fault.Fail(Reason.MEDIA));
    device.reset(FIRST);
    assertRefused(Reason.MEDIA, 4, () -> device.reset(4));
    device.reset(4);
  }

  @Test
  void everyKindCanFail() {
    for (DeviceOperation operation : DeviceOperation.values()) {
      script.fail(operation, 1, Reason.MEDIA);
    }
    assertRefused(Reason.MEDIA, FIRST, () -> device.report(FIRST, 1));
    assertRefused(Reason.MEDIA, FIRST, () -> read(device, start(FIRST), BLOCK));
    assertRefused(Reason.MEDIA, FIRST, () -> device.write(start(FIRST), blocks(1, 1)));
    assertRefused(Reason.MEDIA, FIRST, () -> device.append(FIRST, blocks(1, 1)));
    assertRefused(Reason.MEDIA, -1, () -> device.flush());
    assertRefused(Reason.MEDIA, FIRST, () -> device.open(FIRST));
    assertRefused(Reason.MEDIA, FIRST, () -> device.close(FIRST));
    assertRefused(Reason.MEDIA, FIRST, () -> device.finish(FIRST));
    assertRefused(Reason.MEDIA, FIRST, () -> device.reset(FIRST));
  }

  @Test
  void flushesFailForEver() throws IOException {
    script.failFrom(DeviceOperation.FLUSH, 2, Reason.FLUSH_FAILED);
    device.flush();
    assertRefused(Reason.FLUSH_FAILED, -1, () -> device.flush());
    assertRefused(Reason.FLUSH_FAILED, -1, () -> device.flush());
    script.clear();
    device.flush();
  }

  @Test
  void oneBitOfAReadIsTurned() throws IOException {
    device.write(start(FIRST), blocks(2, 1));
    script.on(DeviceOperation.READ, 1, new Fault.FlipBit(8L * (BLOCK + 5) + 3));
    byte[] expected = bytes(blocks(2, 1));
    expected[BLOCK + 5] ^= 1 << 3;
    assertThat(read(device, start(FIRST), 2 * BLOCK)).isEqualTo(expected);
    assertThat(read(device, start(FIRST), 2 * BLOCK)).isEqualTo(bytes(blocks(2, 1)));
  }

  @Test
  void aTornWriteStoresItsFirstBlocks() throws IOException {
    script.on(DeviceOperation.WRITE, 1, new Fault.Tear(2));
    assertRefused(
        Reason.MEDIA, FIRST, () -> device.write(start(FIRST), blocks(1, 1), blocks(3, 2)));
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 2 * BLOCK);
    assertThat(read(device, start(FIRST), BLOCK)).isEqualTo(bytes(blocks(1, 1)));
    assertThat(read(device, start(FIRST) + BLOCK, BLOCK))
        .isEqualTo(bytes(blocks(3, 2).limit(BLOCK)));
    script.on(DeviceOperation.APPEND, 1, new Fault.Tear(100));
    assertRefused(Reason.MEDIA, FIRST, () -> device.append(FIRST, blocks(3, 1)));
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 4 * BLOCK);
  }

  @Test
  void zonesWearOut() throws IOException {
    device.write(start(FIRST), blocks(1, 1));
    script.on(DeviceOperation.WRITE, 1, new Fault.WearReadOnly());
    assertRefused(
        Reason.ZONE_READ_ONLY, FIRST, () -> device.write(start(FIRST) + BLOCK, blocks(1, 2)));
    assertThat(zone(device, FIRST).condition()).isEqualTo(ZoneCondition.READ_ONLY);
    script.on(DeviceOperation.READ, 1, new Fault.WearOffline());
    assertRefused(Reason.ZONE_OFFLINE, FIRST, () -> read(device, start(FIRST), BLOCK));
  }

  @Test
  void theSameSeedGivesTheSameFaults() throws IOException {
    SeededFaults faults = new SeededFaults(42, 20_000, 50_000, 50_000, 10_000);
    List<String> first = play(faults);
    assertThat(play(faults)).isEqualTo(first);
    assertThat(first).anyMatch(line -> line.startsWith("MEDIA"));
    assertThat(play(new SeededFaults(43, 20_000, 50_000, 50_000, 10_000))).isNotEqualTo(first);
    assertThat(play(new SeededFaults(44, 0, 0, 0, 0))).allMatch(line -> line.startsWith("ok"));
  }

  @Test
  void seededFaultsAreAsFrequentAsAsked() {
    SeededFaults faults = new SeededFaults(7, 10_000, 20_000, 30_000, 40_000);
    int failed = 0;
    int flipped = 0;
    int torn = 0;
    int worn = 0;
    for (int i = 1; i <= 100_000; i++) {
      Optional<Fault> read = faults.faultFor(DeviceOperation.READ, 1, i);
      failed += read.filter(Fault.Fail.class::isInstance).isPresent() ? 1 : 0;
      flipped += read.filter(Fault.FlipBit.class::isInstance).isPresent() ? 1 : 0;
      Optional<Fault> write = faults.faultFor(DeviceOperation.WRITE, 1, i);
      torn += write.filter(Fault.Tear.class::isInstance).isPresent() ? 1 : 0;
      Optional<Fault> reset = faults.faultFor(DeviceOperation.RESET, 1, i);
      worn += reset.isPresent() && !(reset.get() instanceof Fault.Fail) ? 1 : 0;
    }
    assertThat(failed).isBetween(800, 1200);
    assertThat(flipped).isBetween(1700, 2300);
    assertThat(torn).isBetween(2600, 3400);
    assertThat(worn).isBetween(3500, 4500);
  }

  private static List<String> play(SeededFaults faults) throws IOException {
    List<String> outcomes = new ArrayList<>();
    RamZonedDevice ram = RamZonedDevice.create(Devices.geometry());
    try (FaultyZonedDevice faulty = new FaultyZonedDevice(ram, faults, ram)) {
      for (int i = 0; i < 300; i++) {
        int zone = FIRST + i % 4;
        try {
          if (ram.report(zone, 1).get(0).remainingBytes() < 2 * BLOCK) {
            faulty.reset(zone);
          }
          long position = faulty.append(zone, Devices.blocks(2, i));
          byte[] back = read(faulty, position, 2 * BLOCK);
          outcomes.add(Arrays.equals(back, bytes(Devices.blocks(2, i))) ? "ok" : "flipped");
        } catch (DeviceException e) {
          outcomes.add(e.reason() + " " + e.zone());
        }
      }
    }
    return outcomes;
  }
}
