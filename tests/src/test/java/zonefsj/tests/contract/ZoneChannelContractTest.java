// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.CAPACITY;
import static zonefsj.tests.contract.Devices.CONVENTIONAL;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.assertZone;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.start;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.EmulatedZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.filter.ValidatingZonedDevice;
import zonefsj.device.library.ZoneAppendChannel;
import zonefsj.device.library.ZoneReadChannel;

/** A zone as a channel: what is said of it holds on every drive. */
abstract class ZoneChannelContractTest {
  private static final int ZONE = CONVENTIONAL + 1;

  private final FaultScript faults = new FaultScript();

  @SuppressWarnings("NullAway.Init") // set before each test
  private EmulatedZonedDevice emulated;

  @SuppressWarnings("NullAway.Init") // set before each test
  private FaultyZonedDevice below;

  @SuppressWarnings("NullAway.Init") // set before each test
  private ValidatingZonedDevice device;

  /** A new drive of this shape, all zones empty. */
  abstract EmulatedZonedDevice create(EmulatedGeometry geometry) throws IOException;

  @BeforeEach
  final void createDevice() throws IOException {
    emulated = create(Devices.geometry());
    below = new FaultyZonedDevice(emulated, faults, emulated);
    device = new ValidatingZonedDevice(below);
  }

  @AfterEach
  final void closeDevice() throws IOException {
    device.close();
  }

  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(length).nextBytes(bytes);
    return bytes;
  }

  private static byte[] all(ZoneReadChannel channel) throws IOException {
    try (InputStream in = Channels.newInputStream(channel)) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2 * BLOCK, 3 * BLOCK + 1, CAPACITY, 1 << 20})
  void bytesOfAnyNumberComeBack(int bufferBytes) throws IOException {
    SplittableRandom random = new SplittableRandom(bufferBytes);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    try (ZoneAppendChannel channel = ZoneAppendChannel.open(device, ZONE, bufferBytes)) {
      while (expected.size() < CAPACITY - 4 * BLOCK) {
        byte[] piece = noise(random.nextInt(3 * BLOCK));
        assertThat(channel.position()).isEqualTo(expected.size()).isEqualTo(channel.size());
        assertThat(channel.positionBytes()).isEqualTo(start(ZONE) + expected.size());
        ByteBuffer source = ByteBuffer.wrap(piece);
        assertThat(channel.write(source)).isEqualTo(piece.length);
        assertThat(source.hasRemaining()).isFalse();
        expected.write(piece);
        assertThat(channel.remainingBytes()).isEqualTo(CAPACITY - expected.size());
      }
    }
    int padded = (expected.size() + BLOCK - 1) / BLOCK * BLOCK;
    byte[] wanted = Arrays.copyOf(expected.toByteArray(), padded);
    assertZone(device, ZONE, ZoneCondition.IMPLICIT_OPEN, padded);
    assertThat(read(device, start(ZONE), padded)).isEqualTo(wanted);
    for (int window : new int[] {1, 3 * BLOCK, 1 << 20}) {
      assertThat(all(ZoneReadChannel.open(device, ZONE, window))).isEqualTo(wanted);
    }
  }

  @Test
  void aFlushMakesWholeBlocksDurableAndKeepsTheRest() throws IOException {
    try (ZoneAppendChannel channel = ZoneAppendChannel.open(device, ZONE)) {
      channel.write(ByteBuffer.wrap(noise(BLOCK + 10)));
      assertThat(channel.flush()).isEqualTo(BLOCK);
      assertThat(below.begun(DeviceOperation.FLUSH)).isEqualTo(1);
      assertThat(channel.flush()).isEqualTo(BLOCK);
      assertThat(below.begun(DeviceOperation.FLUSH)).as("nothing new to flush").isEqualTo(1);
      channel.write(ByteBuffer.wrap(noise(20)));
      assertThat(channel.size()).isEqualTo(BLOCK + 30);
      assertThat(channel.padToBlock()).isEqualTo(BLOCK - 30);
      assertThat(channel.padToBlock()).isZero();
      assertThat(channel.size()).isEqualTo(2 * BLOCK);
      channel.write(ByteBuffer.wrap(noise(5)));
    }
    assertThat(below.begun(DeviceOperation.FLUSH)).as("close flushes").isEqualTo(2);
    byte[] wanted = new byte[3 * BLOCK];
    System.arraycopy(noise(BLOCK + 10), 0, wanted, 0, BLOCK + 10);
    System.arraycopy(noise(20), 0, wanted, BLOCK + 10, 20);
    System.arraycopy(noise(5), 0, wanted, 2 * BLOCK, 5);
    assertThat(all(ZoneReadChannel.open(device, ZONE))).isEqualTo(wanted);
  }

  @Test
  void aChannelGoesOnWhereTheZoneEnds() throws IOException {
    device.write(start(ZONE), blocks(2, 1));
    try (ZoneAppendChannel channel = ZoneAppendChannel.open(device, ZONE)) {
      assertThat(channel.size()).isEqualTo(2 * BLOCK);
      channel.write(blocks(1, 2));
    }
    assertThat(read(device, start(ZONE) + 2 * BLOCK, BLOCK)).isEqualTo(bytes(blocks(1, 2)));
  }

  @Test
  void whatDoesNotFitIsRefusedWhole() throws IOException {
    try (ZoneAppendChannel channel = ZoneAppendChannel.open(device, ZONE)) {
      channel.write(ByteBuffer.wrap(noise(CAPACITY - 1)));
      ByteBuffer two = ByteBuffer.wrap(noise(2));
      assertRefused(Reason.BEYOND_CAPACITY, ZONE, () -> channel.write(two));
      assertThat(two.remaining()).isEqualTo(2);
      channel.write(two.limit(1));
      assertRefused(Reason.ZONE_FULL, ZONE, () -> channel.write(ByteBuffer.allocate(1)));
      assertThat(channel.write(ByteBuffer.allocate(0))).isZero();
      assertThat(channel.remainingBytes()).isZero();
    }
    assertZone(device, ZONE, ZoneCondition.FULL, CAPACITY);
    assertRefused(Reason.ZONE_FULL, ZONE, () -> ZoneAppendChannel.open(device, ZONE));
  }

  @Test
  void zonesThatTakeNoAppendsAreRefused() throws IOException {
    assertRefused(Reason.INVALID_TRANSITION, 0, () -> ZoneAppendChannel.open(device, 0));
    emulated.setReadOnly(ZONE);
    assertRefused(Reason.ZONE_READ_ONLY, ZONE, () -> ZoneAppendChannel.open(device, ZONE));
    emulated.setOffline(ZONE);
    assertRefused(Reason.ZONE_OFFLINE, ZONE, () -> ZoneAppendChannel.open(device, ZONE));
    assertRefused(Reason.ZONE_OFFLINE, ZONE, () -> ZoneReadChannel.open(device, ZONE));
    assertThatThrownBy(() -> ZoneAppendChannel.open(device, Devices.ZONES))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> ZoneAppendChannel.open(device, ZONE + 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anAppendChannelKnowsOnlyTheEnd() throws IOException {
    try (ZoneAppendChannel channel = ZoneAppendChannel.open(device, ZONE)) {
      channel.write(ByteBuffer.allocate(10));
      assertThat(channel.position(10)).isSameAs(channel);
      assertThatThrownBy(() -> channel.position(9))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("at 10, not at 9");
      assertThat(channel.truncate(10).size()).isEqualTo(10);
      assertThatThrownBy(() -> channel.truncate(9))
          .isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
          .isInstanceOf(NonReadableChannelException.class);
    }
  }

  @Test
  void afterAFailedWriteNothingMoreIsWritten() throws IOException {
    ZoneAppendChannel channel = ZoneAppendChannel.open(device, ZONE, BLOCK);
    channel.write(blocks(1, 1));
    faults.on(DeviceOperation.WRITE, 1, new Fault.Fail(Reason.MEDIA));
    assertRefused(Reason.MEDIA, ZONE, () -> channel.write(blocks(2, 2)));
    assertThat(channel.remainingBytes()).isZero();
    assertThatThrownBy(() -> channel.write(blocks(1, 3)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("an earlier write failed")
        .hasRootCauseInstanceOf(zonefsj.device.DeviceException.class);
    assertThatThrownBy(channel::flush).hasMessageContaining("an earlier write failed");
    long writes = below.begun(DeviceOperation.WRITE);
    channel.close();
    assertThat(below.begun(DeviceOperation.WRITE)).isEqualTo(writes);
    assertThat(below.begun(DeviceOperation.FLUSH)).isZero();
    try (ZoneAppendChannel again = ZoneAppendChannel.open(device, ZONE)) {
      assertThat(again.size()).isEqualTo(BLOCK);
    }
  }

  @Test
  void afterAFailedFlushNothingIsPromised() throws IOException {
    ZoneAppendChannel channel = ZoneAppendChannel.open(device, ZONE);
    channel.write(blocks(1, 1));
    faults.fail(DeviceOperation.FLUSH, 1, Reason.FLUSH_FAILED);
    assertRefused(Reason.FLUSH_FAILED, -1, channel::flush);
    assertThatThrownBy(channel::flush).hasMessageContaining("an earlier write failed");
    channel.close();
  }

  @Test
  void whatWasThereBeforeIsFlushedToo() throws IOException {
    device.write(start(ZONE), blocks(2, 1));
    try (ZoneAppendChannel channel = ZoneAppendChannel.open(device, ZONE)) {
      assertThat(channel.flush()).isEqualTo(2 * BLOCK);
      assertThat(below.begun(DeviceOperation.FLUSH)).isEqualTo(1);
    }
    assertThat(below.begun(DeviceOperation.FLUSH)).isEqualTo(1);
    ZoneAppendChannel.open(device, ZONE + 1).close();
    assertThat(below.begun(DeviceOperation.FLUSH)).as("of an empty zone").isEqualTo(1);
  }

  @Test
  void thereAreNoNegativePositions() throws IOException {
    try (ZoneAppendChannel channel = ZoneAppendChannel.open(device, ZONE)) {
      assertThatThrownBy(() -> channel.position(-1)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> channel.truncate(-1)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aFailureWhileClosingIsTold() throws IOException {
    ZoneAppendChannel channel = ZoneAppendChannel.open(device, ZONE);
    channel.write(ByteBuffer.wrap(noise(7)));
    faults.on(DeviceOperation.WRITE, 1, new Fault.Fail(Reason.MEDIA));
    assertRefused(Reason.MEDIA, ZONE, channel::close);
    assertThat(channel.isOpen()).isFalse();
    channel.close();
  }

  @Test
  void anotherWriterIsNoticed() throws IOException {
    ZoneAppendChannel channel = ZoneAppendChannel.open(device, ZONE, BLOCK);
    device.write(start(ZONE), blocks(1, 1));
    assertRefused(Reason.NOT_AT_WRITE_POINTER, ZONE, () -> channel.write(blocks(1, 2)));
    channel.close();
    assertThat(read(device, start(ZONE), BLOCK)).isEqualTo(bytes(blocks(1, 1)));
  }

  @Test
  void aStreamIsTheChannel() throws IOException {
    ZoneAppendChannel channel = ZoneAppendChannel.open(device, ZONE);
    OutputStream out = channel.outputStream();
    out.write(0x1ff);
    out.write(noise(2 * BLOCK), 1, BLOCK);
    out.flush();
    assertThat(below.begun(DeviceOperation.FLUSH)).isEqualTo(1);
    out.close();
    assertThat(channel.isOpen()).isFalse();
    assertThatThrownBy(() -> out.write(1)).isInstanceOf(ClosedChannelException.class);
    byte[] wanted = new byte[2 * BLOCK];
    wanted[0] = (byte) 0xff;
    System.arraycopy(noise(2 * BLOCK), 1, wanted, 1, BLOCK);
    assertThat(all(ZoneReadChannel.open(device, ZONE))).isEqualTo(wanted);
  }

  @Test
  void aReaderGoesAnywhereUpToTheWritePointer() throws IOException {
    device.write(start(ZONE), blocks(5, 1));
    byte[] wanted = bytes(blocks(5, 1));
    try (ZoneReadChannel channel = ZoneReadChannel.open(device, ZONE, 2 * BLOCK)) {
      assertThat(channel.size()).isEqualTo(5 * BLOCK);
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < 200; i++) {
        int at = random.nextInt(5 * BLOCK);
        ByteBuffer some = ByteBuffer.allocate(1 + random.nextInt(BLOCK));
        channel.position(at);
        int length = channel.read(some);
        assertThat(length).isBetween(1, 5 * BLOCK - at);
        assertThat(channel.position()).isEqualTo(at + length);
        assertThat(Arrays.copyOf(some.array(), length))
            .isEqualTo(Arrays.copyOfRange(wanted, at, at + length));
      }
      assertThat(channel.position(5 * BLOCK).read(ByteBuffer.allocate(1))).isEqualTo(-1);
      assertThat(channel.position(1L << 40).read(ByteBuffer.allocate(1))).isEqualTo(-1);
      assertThat(channel.read(ByteBuffer.allocate(0))).isZero();
      assertThatThrownBy(() -> channel.position(-1)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aSmallReadElsewhereIsNotMadeLarge() throws IOException {
    device.write(start(ZONE), blocks(40, 1));
    CountingDevice counting = new CountingDevice(device);
    try (ZoneReadChannel channel = ZoneReadChannel.open(counting, ZONE, 16 * BLOCK)) {
      channel.position(20 * BLOCK + 5).read(ByteBuffer.allocate(10));
      assertThat(counting.readBytes).isEqualTo(BLOCK);
      channel.position(21 * BLOCK).read(ByteBuffer.allocate(10));
      assertThat(counting.readBytes).as("goes on, so it reads ahead").isEqualTo(17 * BLOCK);
    }
  }

  @Test
  void aReaderLooksAgainWhenAsked() throws IOException {
    device.write(start(ZONE), blocks(1, 1));
    try (ZoneReadChannel channel = ZoneReadChannel.open(device, ZONE)) {
      ByteBuffer block = ByteBuffer.allocate(BLOCK);
      channel.read(block);
      device.reset(ZONE);
      device.write(start(ZONE), blocks(2, 7));
      assertThat(channel.size()).isEqualTo(BLOCK);
      assertThat(channel.refresh()).isEqualTo(2 * BLOCK);
      channel.position(0);
      channel.read(block.clear());
      assertThat(block.array()).isEqualTo(bytes(blocks(2, 7).limit(BLOCK)));
    }
  }

  @Test
  void zonesWithoutAWritePointerAreReadToTheirCapacity() throws IOException {
    device.write(start(0) + BLOCK, blocks(1, 1));
    try (ZoneReadChannel channel = ZoneReadChannel.open(device, 0)) {
      assertThat(channel.size()).isEqualTo(Devices.ZONE);
      ByteBuffer block = ByteBuffer.allocate(BLOCK);
      channel.position(BLOCK).read(block);
      assertThat(block.array()).isEqualTo(bytes(blocks(1, 1)));
    }
    emulated.setReadOnly(ZONE);
    try (ZoneReadChannel channel = ZoneReadChannel.open(device, ZONE)) {
      assertThat(channel.size()).isEqualTo(CAPACITY);
    }
  }

  @Test
  void aReadThatFailsCanBeTriedAgain() throws IOException {
    device.write(start(ZONE), blocks(2, 1));
    faults.fail(DeviceOperation.READ, 1, Reason.MEDIA);
    try (ZoneReadChannel channel = ZoneReadChannel.open(device, ZONE)) {
      assertRefused(Reason.MEDIA, ZONE, () -> channel.read(ByteBuffer.allocate(10)));
      assertThat(channel.position()).isZero();
      assertThat(all(channel)).isEqualTo(bytes(blocks(2, 1)));
    }
  }

  @Test
  void aReaderNeverWrites() throws IOException {
    ZoneReadChannel channel = ZoneReadChannel.open(device, ZONE);
    assertThat(channel.zone()).isEqualTo(ZONE);
    assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1)))
        .isInstanceOf(NonWritableChannelException.class);
    assertThatThrownBy(() -> channel.truncate(0)).isInstanceOf(NonWritableChannelException.class);
    channel.close();
    channel.close();
    assertThat(channel.isOpen()).isFalse();
    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(channel::size).isInstanceOf(ClosedChannelException.class);
  }

  /** Counts what is read. */
  private static final class CountingDevice extends zonefsj.device.FilterZonedDevice {
    private long readBytes;

    CountingDevice(zonefsj.device.ZonedDevice delegate) {
      super(delegate);
    }

    @Override
    public void read(long positionBytes, ByteBuffer destination) throws IOException {
      readBytes += destination.remaining();
      super.read(positionBytes, destination);
    }
  }
}
