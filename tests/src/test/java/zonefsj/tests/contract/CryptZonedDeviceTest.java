// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.StackedDevice.Below;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.crypt.CipherEngine;
import zonefsj.device.crypt.CryptZonedDevice;
import zonefsj.device.crypt.XtsKey;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/** An encrypted drive keeps the contract, and nothing that is written arrives below as it was. */
class CryptZonedDeviceTest extends ConcurrentAccessContractTest {
  private static final XtsKey KEY = key(1);

  CryptZonedDeviceTest() {
    super(
        new DriveShape(
            DriveShape.EMULATED.blockBytes(),
            DriveShape.EMULATED.zoneBlocks(),
            DriveShape.EMULATED.capacityBlocks(),
            DriveShape.EMULATED.abilities(),
            DriveShape.EMULATED.profile(),
            anyByte()));
  }

  /** What encrypts. */
  CipherEngine engine() {
    return CipherEngine.OPENSSL;
  }

  private static Set<Byte> anyByte() {
    return IntStream.range(0, 256).mapToObj(b -> (byte) b).collect(Collectors.toSet());
  }

  private static XtsKey key(long seed) {
    byte[] bytes = new byte[XtsKey.BYTES];
    new SplittableRandom(seed).nextBytes(bytes);
    return new XtsKey(new UUID(0, seed), bytes);
  }

  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    ZonedDevice crypt = new CryptZonedDevice(RamZonedDevice.create(geometry), KEY, engine());
    fillConventional(crypt);
    return crypt;
  }

  /** The contract's drives hold zeros where they take writes anywhere; so does this one. */
  private static void fillConventional(ZonedDevice device) throws IOException {
    for (ZoneDescriptor zone : device.report(0, device.geometry().zoneCount())) {
      if (zone.type() == ZoneType.CONVENTIONAL) {
        device.write(zone.startBytes(), ByteBuffer.allocate((int) zone.sizeBytes()));
      }
    }
  }

  private ZonedDevice below() {
    return ((CryptZonedDevice) device).delegate();
  }

  @Test
  void whatArrivesBelowIsNeverThePlaintext() throws IOException {
    ByteBuffer same = blocks(1, 1);
    device.write(start(FIRST), same.duplicate(), same.duplicate());
    device.append(FIRST, same.duplicate());
    device.write(start(0), same.duplicate());
    byte[] plain = bytes(same);
    byte[] first = read(below(), start(FIRST), block);
    byte[] second = read(below(), start(FIRST) + block, block);
    byte[] third = read(below(), start(FIRST) + 2L * block, block);
    byte[] elsewhere = read(below(), start(0), block);
    assertThat(Set.of(text(plain), text(first), text(second), text(third), text(elsewhere)))
        .hasSize(5);
    for (int i = 0; i < 3; i++) {
      assertThat(read(device, start(FIRST) + (long) i * block, block)).isEqualTo(plain);
    }
    device.reset(FIRST);
    device.append(FIRST, same.duplicate());
    assertThat(read(below(), start(FIRST), block)).isEqualTo(first);
  }

  private static String text(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void anotherKeyReadsNothing() throws IOException {
    device.write(start(FIRST), blocks(1, 1));
    ZonedDevice other = new CryptZonedDevice(below(), key(2), engine());
    assertThat(read(other, start(FIRST), block)).isNotEqualTo(bytes(blocks(1, 1)));
  }

  @Test
  void noBufferOfTheCallerChanges() throws IOException {
    ByteBuffer heap = blocks(2, 1);
    ByteBuffer direct = ByteBuffer.allocateDirect(block).put(blocks(1, 2)).flip();
    device.write(start(FIRST), heap, direct);
    device.append(FIRST, heap.rewind(), direct.rewind());
    assertThat(bytes(heap.rewind())).isEqualTo(bytes(blocks(2, 1)));
    assertThat(bytes(direct.rewind())).isEqualTo(bytes(blocks(1, 2)));
  }

  @Test
  void appendsAndWritesOfOneZoneMix() throws IOException {
    long at = start(FIRST);
    for (int i = 0; i < capacityBlocks; i++) {
      if (i % 3 == 1) {
        device.write(at, blocks(1, i));
      } else {
        assertThat(device.append(FIRST, blocks(1, i))).isEqualTo(at);
      }
      at += block;
    }
    for (int i = 0; i < capacityBlocks; i++) {
      assertThat(read(device, start(FIRST) + (long) i * block, block))
          .isEqualTo(bytes(blocks(1, i)));
    }
    assertRefused(Reason.ZONE_FULL, FIRST, () -> device.append(FIRST, blocks(1, 1)));
  }

  @Test
  void aFullZoneWithoutGapLeavesTheNextAlone() throws IOException {
    device.close();
    device = create(shape.builder(3).build());
    for (int i = 0; i < shape.zoneBlocks(); i++) {
      device.append(0, blocks(1, i));
    }
    assertRefused(Reason.ZONE_FULL, 0, () -> device.append(0, blocks(1, 1)));
    assertThat(Devices.zone(device, 1).writtenBytes()).isZero();
  }

  @Test
  void anAppendAfterAFailureGoesWhereThePointerIs() throws IOException {
    FailingOnce failing = new FailingOnce(RamZonedDevice.create(shape.geometry()));
    try (ZonedDevice encrypted = new CryptZonedDevice(failing, KEY, engine())) {
      encrypted.append(FIRST, blocks(1, 1));
      failing.armed = true;
      assertThatThrownBy(() -> encrypted.append(FIRST, blocks(1, 2))).hasMessage("after the write");
      assertThat(encrypted.append(FIRST, blocks(1, 3))).isEqualTo(start(FIRST) + 2L * block);
      assertThat(read(encrypted, start(FIRST) + 2L * block, block)).isEqualTo(bytes(blocks(1, 3)));
    }
  }

  @Test
  void saysWhatItIs() {
    CryptZonedDevice crypt = (CryptZonedDevice) device;
    assertThat(crypt.kind()).isEqualTo("crypt");
    assertThat(crypt.state())
        .isEqualTo("aes-256-xts, key 00000000-0000-0000-0000-000000000001, by " + engine());
    assertThat(crypt.below()).containsExactly(Below.of(below()));
  }

  /** Fails once, after the write has been done. */
  private static final class FailingOnce extends FilterZonedDevice {
    private boolean armed;

    FailingOnce(ZonedDevice below) {
      super(below);
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      super.write(positionBytes, sources);
      if (armed) {
        armed = false;
        throw new IOException("after the write");
      }
    }
  }
}
