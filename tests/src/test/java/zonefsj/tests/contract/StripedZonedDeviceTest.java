// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.ConcatZonedDevice;
import zonefsj.device.compose.StripedZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.spec.Creation;

/** Drives side by side keep the contract, and bring together what a crash has taken apart. */
class StripedZonedDeviceTest extends ConcurrentAccessContractTest {
  private static final int CHUNK_BLOCKS = 2;
  private static final int LABEL_ZONES = 2;

  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    EmulatedGeometry half = PartGeometry.ofHalf(geometry);
    return StripedZonedDevice.of(
        List.of(RamZonedDevice.create(half), RamZonedDevice.create(half)),
        0,
        false,
        Creation.IF_EMPTY);
  }

  private static RamZonedDevice part() {
    return part(16, 64);
  }

  /** A drive whose zones can be written for three quarters. */
  private static RamZonedDevice part(int zones, int zoneBlocks) {
    return RamZonedDevice.create(
        EmulatedGeometry.builder((long) zones * zoneBlocks * 4096)
            .zoneSizeBytes(zoneBlocks * 4096L)
            .zoneCapacityBytes(zoneBlocks * 4096L / 4 * 3)
            .maxOpenZones(OptionalInt.of(3))
            .maxActiveZones(OptionalInt.of(5))
            .build());
  }

  private static StripedZonedDevice striped(ZonedDevice... parts) throws IOException {
    return StripedZonedDevice.of(List.of(parts), CHUNK_BLOCKS * 4096L, false, Creation.IF_EMPTY);
  }

  @Test
  void chunksGoRoundTheParts() throws IOException {
    RamZonedDevice[] parts = {part(), part(), part()};
    try (ZonedDevice device = striped(parts)) {
      assertThat(device.geometry().zoneSizeBytes()).isEqualTo(3L * 64 * 4096);
      byte[] bytes = Devices.bytes(blocks(9, 1));
      device.append(0, ByteBuffer.wrap(bytes));
      assertThat(parts[0].report(LABEL_ZONES + 0, 1).get(0).writtenBytes()).isEqualTo(4L * 4096);
      assertThat(parts[1].report(LABEL_ZONES + 0, 1).get(0).writtenBytes()).isEqualTo(3L * 4096);
      assertThat(parts[2].report(LABEL_ZONES + 0, 1).get(0).writtenBytes()).isEqualTo(2L * 4096);
      assertThat(Devices.read(device, 0, bytes.length)).isEqualTo(bytes);
      assertThat(device.report(0, 1).get(0).writtenBytes()).isEqualTo(9L * 4096);
    }
  }

  @Test
  void pointersThatDoNotFitAreBroughtTogether() throws IOException {
    RamZonedDevice[] parts = {part(), part(), part()};
    striped(parts);
    // Part 2 has kept what the others have lost.
    parts[0].append(LABEL_ZONES + 0, blocks(2, 1));
    parts[1].append(LABEL_ZONES + 0, blocks(1, 2));
    parts[2].append(LABEL_ZONES + 0, blocks(3, 3));
    // A reset that has reached part 0 alone.
    parts[1].append(LABEL_ZONES + 1, blocks(1, 2));
    // A finish that has not reached all.
    parts[0].append(LABEL_ZONES + 2, blocks(1, 2));
    parts[1].finish(LABEL_ZONES + 2);
    try (ZonedDevice device = striped(parts[2], parts[0], parts[1])) {
      assertThat(device.report(0, 1).get(0).writtenBytes()).isEqualTo(11L * 4096);
      assertThat(Devices.read(device, 0, 2 * 4096)).isEqualTo(Devices.bytes(blocks(2, 1)));
      assertThat(Devices.read(device, 4L * 4096, 2 * 4096))
          .isEqualTo(Devices.read(parts[2], LABEL_ZONES * 64L * 4096, 2 * 4096));
      assertThat(device.report(1, 1).get(0).condition()).isEqualTo(ZoneCondition.EMPTY);
      assertThat(parts[1].report(LABEL_ZONES + 1, 1).get(0).condition())
          .isEqualTo(ZoneCondition.EMPTY);
      assertThat(device.report(2, 1).get(0).writtenBytes()).isEqualTo((3 * 48L - 2) * 4096);
      device.append(2, blocks(2, 7));
      assertThat(device.report(2, 1).get(0).condition()).isEqualTo(ZoneCondition.FULL);
      device.append(0, blocks(20, 5));
      device.append(1, blocks(20, 6));
      assertThat(Devices.read(device, 11L * 4096, 20 * 4096))
          .isEqualTo(Devices.bytes(blocks(20, 5)));
    }
  }

  @Test
  void aFailedZoneOfOnePartIsAFailedZone() throws IOException {
    RamZonedDevice[] parts = {part(), part()};
    try (ZonedDevice device = striped(parts)) {
      device.append(3, blocks(5, 1));
      parts[1].setReadOnly(LABEL_ZONES + 3);
      assertThatThrownBy(() -> device.append(3, blocks(8, 2))).isInstanceOf(IOException.class);
      assertThat(device.report(3, 1).get(0).condition()).isEqualTo(ZoneCondition.READ_ONLY);
      assertThat(Devices.read(device, 3L * 128 * 4096, 5 * 4096))
          .isEqualTo(Devices.bytes(blocks(5, 1)));
      parts[0].setOffline(LABEL_ZONES + 4);
      assertThatThrownBy(() -> device.append(4, blocks(8, 2))).isInstanceOf(IOException.class);
      assertThat(device.report(4, 1).get(0).condition()).isEqualTo(ZoneCondition.OFFLINE);
    }
  }

  /** A flush would cover the zeros that took the place of what was acknowledged. */
  @Test
  void aPartThatLosesItsTailTakesThePointerBack() throws IOException {
    for (Use use : Use.values()) {
      RamZonedDevice[] parts = {part(), part()};
      FaultScript script = new FaultScript();
      byte[] bytes = Devices.bytes(blocks(8, 1));
      try (ZonedDevice device = striped(parts[0], faulty(parts[1], script))) {
        device.append(0, ByteBuffer.wrap(bytes));
        script.on(DeviceOperation.WRITE, 1, new Fault.LoseTail(3));
        assertThatThrownBy(() -> device.append(0, blocks(4, 2))).isInstanceOf(IOException.class);
        // Part 1 had the blocks 2, 3, 6 and 7.
        assertThat(device.report(0, 1).get(0).writtenBytes()).isEqualTo(3L * 4096);
        assertThat(Devices.read(device, 0, 3 * 4096)).isEqualTo(Arrays.copyOf(bytes, 3 * 4096));
        assertThat(Devices.read(device, 3L * 4096, 5 * 4096)).containsOnly(0);
        assertThatThrownBy(() -> device.append(0, blocks(1, 2)))
            .hasMessageContaining("must be reset first");
        assertThat(device.report(0, 1).get(0).writtenBytes()).isEqualTo(3L * 4096);
        assertThat(written(parts[0], 0)).isEqualTo(6L * 4096);
        assertThat(written(parts[1], 0)).isEqualTo(1L * 4096);
        device.flush();
        if (use == Use.FINISH) {
          device.finish(0);
          assertThat(device.report(0, 1).get(0).condition()).isEqualTo(ZoneCondition.FULL);
          assertThat(Devices.read(device, 0, 3 * 4096)).isEqualTo(Arrays.copyOf(bytes, 3 * 4096));
        } else if (use == Use.RESET) {
          device.reset(0);
          device.append(0, blocks(20, 3));
          assertThat(Devices.read(device, 0, 20 * 4096)).isEqualTo(Devices.bytes(blocks(20, 3)));
        }
        ZonedDevice again = striped(parts);
        ZoneDescriptor zone = again.report(0, 1).get(0);
        switch (use) {
          case CRASH -> {
            assertThat(zone.writtenBytes()).isEqualTo(10L * 4096);
            assertThat(written(parts[1], 0)).isEqualTo(4L * 4096);
            again.append(0, blocks(20, 4));
            assertThat(Devices.read(again, 10L * 4096, 20 * 4096))
                .isEqualTo(Devices.bytes(blocks(20, 4)));
          }
          case FINISH -> assertThat(zone.condition()).isEqualTo(ZoneCondition.FULL);
          case RESET -> assertThat(zone.writtenBytes()).isEqualTo(20L * 4096);
        }
        assertThat(Devices.read(again, 0, 3 * 4096))
            .isEqualTo(
                use == Use.RESET ? Devices.bytes(blocks(3, 3)) : Arrays.copyOf(bytes, 3 * 4096));
      }
    }
  }

  /** What becomes of a zone that has lost its end. */
  private enum Use {
    CRASH,
    FINISH,
    RESET
  }

  /** No part is longer than its share of what is left. */
  @Test
  void aZoneWhoseLastChunkIsLostGoesOn() throws IOException {
    FaultScript script = new FaultScript();
    try (ZonedDevice device = striped(part(), faulty(part(), script))) {
      device.append(0, blocks(7, 1));
      script.on(DeviceOperation.WRITE, 1, new Fault.LoseTail(1));
      assertThatThrownBy(() -> device.append(0, blocks(1, 2))).isInstanceOf(IOException.class);
      assertThat(device.report(0, 1).get(0).writtenBytes()).isEqualTo(6L * 4096);
      device.append(0, blocks(20, 3));
      assertThat(Devices.read(device, 0, 6 * 4096)).isEqualTo(Devices.bytes(blocks(6, 1)));
      assertThat(Devices.read(device, 6L * 4096, 20 * 4096))
          .isEqualTo(Devices.bytes(blocks(20, 3)));
    }
  }

  @Test
  void aFirstPartThatLosesEverythingLeavesAnEmptyZone() throws IOException {
    FaultScript script = new FaultScript();
    try (ZonedDevice device = striped(faulty(part(), script), part())) {
      device.append(0, blocks(8, 1));
      script.on(DeviceOperation.WRITE, 1, new Fault.LoseTail(1000));
      assertThatThrownBy(() -> device.append(0, blocks(4, 2))).isInstanceOf(IOException.class);
      assertThat(device.report(0, 1).get(0).condition()).isEqualTo(ZoneCondition.EMPTY);
      device.append(0, blocks(20, 3));
      assertThat(Devices.read(device, 0, 20 * 4096)).isEqualTo(Devices.bytes(blocks(20, 3)));
    }
  }

  /** The part that has not failed is full. */
  @Test
  void aZoneIsNotFullIfAPartLosesItsTailWithTheLastWrite() throws IOException {
    RamZonedDevice[] parts = {part(), part()};
    FaultScript script = new FaultScript();
    try (ZonedDevice device = striped(parts[0], faulty(parts[1], script))) {
      device.append(0, blocks(8, 1));
      script.on(DeviceOperation.WRITE, 1, new Fault.LoseTail(2));
      assertThatThrownBy(() -> device.append(0, blocks(88, 2))).isInstanceOf(IOException.class);
      assertThat(parts[0].report(LABEL_ZONES, 1).get(0).condition()).isEqualTo(ZoneCondition.FULL);
      assertThat(device.report(0, 1).get(0).writtenBytes()).isEqualTo(6L * 4096);
      assertThat(device.report(0, 1).get(0).condition().isActive()).isTrue();
      device.finish(0);
      assertThat(device.report(0, 1).get(0).condition()).isEqualTo(ZoneCondition.FULL);
      assertThat(parts[1].report(LABEL_ZONES, 1).get(0).condition()).isEqualTo(ZoneCondition.FULL);
      assertThat(Devices.read(device, 0, 6 * 4096)).isEqualTo(Devices.bytes(blocks(6, 1)));
      device.reset(0);
      device.append(0, blocks(96, 3));
      assertThat(device.report(0, 1).get(0).condition()).isEqualTo(ZoneCondition.FULL);
    }
  }

  /** A part that pads after a failed write loses what it had before. */
  @Test
  void aTailThatIsLostWhileZerosAreWrittenIsLost() throws IOException {
    FaultScript script = new FaultScript();
    try (ZonedDevice device = striped(faulty(part(), script), part())) {
      device.append(0, blocks(8, 1));
      script
          .fail(DeviceOperation.WRITE, 1, Reason.MEDIA)
          .on(DeviceOperation.WRITE, 2, new Fault.LoseTail(2));
      assertThatThrownBy(() -> device.append(0, blocks(40, 2))).isInstanceOf(IOException.class);
      assertThat(device.report(0, 1).get(0).writtenBytes()).isEqualTo(4L * 4096);
    }
  }

  /** These bytes were not acknowledged, so nothing is lost. */
  @Test
  void aWriteThatFailsOnOnePartIsPadded() throws IOException {
    for (int part = 0; part < 2; part++) {
      for (Fault fault :
          List.of(new Fault.Fail(Reason.MEDIA), new Fault.Tear(1), new Fault.LoseTail(0))) {
        RamZonedDevice[] parts = {part(), part()};
        FaultScript script = new FaultScript();
        ZonedDevice failing = faulty(parts[part], script);
        try (ZonedDevice device =
            part == 0 ? striped(failing, parts[1]) : striped(parts[0], failing)) {
          device.append(0, blocks(8, 1));
          script.on(DeviceOperation.WRITE, 1, fault);
          // Long enough for both parts at the same time.
          assertThatThrownBy(() -> device.append(0, blocks(40, 2))).isInstanceOf(IOException.class);
          // Without the last chunk if it is that of the part that has failed.
          long pointer = device.report(0, 1).get(0).writtenBytes();
          assertThat(pointer).isEqualTo((part == 0 ? 48L : 46L) * 4096);
          assertThat(written(parts[0], 0)).isEqualTo(24L * 4096);
          assertThat(written(parts[1], 0)).isEqualTo((part == 0 ? 24L : 22L) * 4096);
          assertThat(Devices.read(device, 0, 8 * 4096)).isEqualTo(Devices.bytes(blocks(8, 1)));
          device.append(0, blocks(10, 3));
          assertThat(Devices.read(device, pointer, 10 * 4096))
              .isEqualTo(Devices.bytes(blocks(10, 3)));
        }
      }
    }
  }

  @Test
  void aPartOfPartsThatLosesItsTailTakesThePointerBack() throws IOException {
    FaultScript script = new FaultScript();
    ZonedDevice concat = ConcatZonedDevice.of(List.of(faulty(part(), script), part()), false);
    ZonedDevice inner =
        StripedZonedDevice.of(
            List.of(part(20, 32), faulty(part(20, 32), script)), 4096, false, Creation.IF_EMPTY);
    for (ZonedDevice composed : List.of(concat, inner)) {
      try (ZonedDevice device = striped(part(), composed)) {
        device.append(0, blocks(16, 1));
        script.on(DeviceOperation.WRITE, 1, new Fault.LoseTail(1));
        assertThatThrownBy(() -> device.append(0, blocks(8, 2))).isInstanceOf(IOException.class);
        long pointer = device.report(0, 1).get(0).writtenBytes();
        assertThat(pointer).isBetween(13L * 4096, 15L * 4096);
        assertThat(Devices.read(device, 0, (int) pointer))
            .isEqualTo(Arrays.copyOf(Devices.bytes(blocks(16, 1)), (int) pointer));
        device.reset(0);
        device.append(0, blocks(20, 3));
        assertThat(Devices.read(device, 0, 20 * 4096)).isEqualTo(Devices.bytes(blocks(20, 3)));
      }
    }
  }

  @Test
  void aDriveThatIsOnlyReadIsNotChanged() throws IOException {
    RamZonedDevice[] parts = {part(), part()};
    striped(parts);
    parts[0].append(LABEL_ZONES, blocks(4, 1));
    parts[1].append(LABEL_ZONES, blocks(1, 2));
    FaultScript script = new FaultScript();
    List<ZonedDevice> devices = List.of(parts[0], faulty(parts[1], script));
    try (ZonedDevice device = StripedZonedDevice.of(devices, 0, true, Creation.NONE)) {
      assertThat(device.report(0, 1).get(0).writtenBytes()).isEqualTo(6L * 4096);
      script.fail(DeviceOperation.READ, 1, Reason.MEDIA);
      assertThatThrownBy(() -> Devices.read(device, 0, 6 * 4096)).isInstanceOf(IOException.class);
      assertThat(device.report(0, 1).get(0).writtenBytes()).isEqualTo(6L * 4096);
      assertThat(written(parts[1], 0)).isEqualTo(4096L);
      assertThat(Devices.read(device, 0, 2 * 4096)).isEqualTo(Devices.bytes(blocks(2, 1)));
    }
  }

  private static long written(ZonedDevice part, int zone) throws IOException {
    return part.report(LABEL_ZONES + zone, 1).get(0).writtenBytes();
  }

  private static FaultyZonedDevice faulty(RamZonedDevice part, FaultScript script) {
    return new FaultyZonedDevice(part, script, part);
  }

  @Test
  void drivesThatDoNotFitAreRefused() throws IOException {
    try (RamZonedDevice part = part();
        RamZonedDevice second = part();
        RamZonedDevice third = part();
        RamZonedDevice other =
            RamZonedDevice.create(
                EmulatedGeometry.builder(16L * 64 * 4096).zoneSizeBytes(64 * 4096).build())) {
      assertRefused(Creation.IF_EMPTY, 0, "zone 2 of mem:4M has another type", part, other);
      assertRefused(Creation.IF_EMPTY, 5L * 4096, "a chunk of 20K does not do", part, second);
      assertRefused(Creation.NONE, 0, "mem:4M is no part of a striped drive", part, second);
      third.append(9, blocks(1, 1));
      assertRefused(Creation.IF_EMPTY, 0, "is not empty, so no striped drive", part, third);
      striped(part, second);
      assertRefused(Creation.IF_EMPTY, 4096, "whose chunks have 8192 bytes", part, second);
      assertRefused(Creation.IF_EMPTY, 0, "mem:4M is no part", part, third);
      StripedZonedDevice.of(List.of(second, third), 0, false, Creation.ERASE);
      assertThat(third.report(9, 1).get(0).condition()).isEqualTo(ZoneCondition.EMPTY);
      assertRefused(Creation.IF_EMPTY, 0, "is part 1 of 2 of striped drive", part, second);
      assertRefused(Creation.IF_EMPTY, 0, "and not of a striped drive of 3", part, second, third);
    }
  }

  private static void assertRefused(
      Creation creation, long chunkBytes, String words, RamZonedDevice... parts) {
    assertThatThrownBy(() -> StripedZonedDevice.of(List.of(parts), chunkBytes, false, creation))
        .hasMessageContaining(words);
  }
}
