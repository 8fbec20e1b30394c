// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.StripedZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
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
    return RamZonedDevice.create(
        EmulatedGeometry.builder(16L * 64 * 4096)
            .zoneSizeBytes(64 * 4096)
            .zoneCapacityBytes(48 * 4096)
            .maxOpenZones(OptionalInt.of(3))
            .maxActiveZones(OptionalInt.of(5))
            .build());
  }

  private static StripedZonedDevice striped(RamZonedDevice... parts) throws IOException {
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
