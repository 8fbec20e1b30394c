// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/** What the tests of drives share. */
final class Devices {
  static final int BLOCK = 4096;
  static final int ZONE = 64 * BLOCK;
  static final int CAPACITY = 48 * BLOCK;
  static final int CONVENTIONAL = 2;
  static final int ZONES = 16;
  static final int MAX_OPEN = 3;
  static final int MAX_ACTIVE = 5;

  private Devices() {}

  /** A small drive with everything: conventional zones, a capacity below the size, limits. */
  static EmulatedGeometry geometry() {
    return EmulatedGeometry.builder((long) ZONES * ZONE)
        .zoneSizeBytes(ZONE)
        .zoneCapacityBytes(CAPACITY)
        .conventionalZones(CONVENTIONAL)
        .maxOpenZones(MAX_OPEN)
        .maxActiveZones(MAX_ACTIVE)
        .maxAppendBytes(32 * BLOCK)
        .build();
  }

  /** A drive of {@link #geometry()} with zones in all conditions. */
  static RamZonedDevice written() throws IOException {
    RamZonedDevice base = RamZonedDevice.create(geometry());
    base.write(start(0) + 5 * BLOCK, blocks(4, 10));
    base.write(start(2), blocks(3, 2));
    base.open(3);
    base.write(start(4), blocks(48, 4));
    base.write(start(5), blocks(2, 5));
    base.finish(5);
    base.write(start(6), blocks(6, 6));
    base.setReadOnly(6);
    base.setOffline(7);
    base.write(start(8), blocks(2, 8));
    return base;
  }

  static long start(int zone) {
    return (long) zone * ZONE;
  }

  static ByteBuffer blocks(int count, long seed) {
    return random(count * BLOCK, seed);
  }

  static ByteBuffer random(int lengthBytes, long seed) {
    byte[] bytes = new byte[lengthBytes];
    new SplittableRandom(seed).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  static byte[] read(ZonedDevice device, long positionBytes, int lengthBytes) throws IOException {
    ByteBuffer destination = ByteBuffer.allocate(lengthBytes);
    device.read(positionBytes, destination);
    assertThat(destination.hasRemaining()).isFalse();
    return destination.array();
  }

  static ZoneDescriptor zone(ZonedDevice device, int zone) throws IOException {
    return device.report(zone, 1).get(0);
  }

  static void assertZone(ZonedDevice device, int zone, ZoneCondition condition, long writtenBytes)
      throws IOException {
    ZoneDescriptor descriptor = zone(device, zone);
    assertThat(descriptor.condition()).as("condition of zone %d", zone).isEqualTo(condition);
    assertThat(descriptor.writtenBytes())
        .as("write pointer of %s", descriptor)
        .isEqualTo(writtenBytes);
  }

  /** Demands that a call is refused for a reason, in words that name the zone. */
  static DeviceException assertRefused(Reason reason, int zone, ThrowingCallable call) {
    DeviceException refusal = catchThrowableOfType(DeviceException.class, call);
    assertThat(refusal).as("a refusal for %s", reason).isNotNull();
    assertThat(refusal.reason()).as(refusal.getMessage()).isEqualTo(reason);
    assertThat(refusal.zone()).isEqualTo(zone);
    if (zone >= 0) {
      assertThat(refusal).hasMessageContaining("zone " + zone);
    }
    return refusal;
  }
}
