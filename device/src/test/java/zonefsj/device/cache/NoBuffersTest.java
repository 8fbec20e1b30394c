// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/** A cache for whose accesses no direct memory is left fails none of them. */
final class NoBuffersTest {
  private static final int BLOCK = 4096;
  private static final int SLOTS = 8;
  private static final CacheOptions OPTIONS = new CacheOptions(4 * BLOCK, 16 * BLOCK, true);

  private final AtomicLong clock = new AtomicLong();
  private final AtomicBoolean isShort = new AtomicBoolean();

  private CachedZonedDevice device() throws IOException {
    RamZonedDevice ram =
        RamZonedDevice.create(EmulatedGeometry.builder(8 << 20).zoneSizeBytes(1 << 20).build());
    LineBuffers buffers =
        new LineBuffers(
            OPTIONS.longestBytes() + 2 * OPTIONS.lineBytes(),
            length -> {
              if (isShort.get()) {
                throw new OutOfMemoryError("injected: no direct memory");
              }
              return ByteBuffer.allocate(length);
            },
            clock::get);
    return CachedZonedDevice.over(
        ram, OPTIONS, new MemoryLines(SLOTS, OPTIONS.lineBytes()), SLOTS, buffers);
  }

  @Test
  void accessesGoPastTheCache() throws IOException {
    isShort.set(true);
    try (CachedZonedDevice device = device()) {
      device.write(0, bytes(1, 3));
      assertThat(device.append(0, bytes(4, 3))).isEqualTo(3 * BLOCK);
      assertRead(device, 1, 4);
      ByteBuffer copy = ByteBuffer.allocate(BLOCK);
      device.readCopy(0, BLOCK, copy);
      assertThat(copy.flip()).isEqualTo(bytes(2, 1));
      assertThat(device.counters().insertedBytes()).isZero();
      assertThat(device.isOff()).isFalse();
      isShort.set(false);
      assertRead(device, 0, 6);
      assertThat(device.counters().insertedBytes()).as("not tried at once").isZero();
      clock.addAndGet(6_000_000_000L);
      assertRead(device, 0, 6);
      assertThat(device.counters().insertedBytes()).isEqualTo(6 * BLOCK);
      device.append(0, bytes(7, 1));
      isShort.set(true);
      device.reset(0);
      device.append(0, bytes(11, 2));
      assertThat(read(device, 0, 2)).isEqualTo(bytes(11, 2));
    }
  }

  /** Blocks whose bytes are their numbers. */
  private static ByteBuffer bytes(int first, int blocks) {
    ByteBuffer bytes = ByteBuffer.allocate(blocks * BLOCK);
    while (bytes.hasRemaining()) {
      bytes.put((byte) (first + bytes.position() / BLOCK));
    }
    return bytes.flip();
  }

  private static ByteBuffer read(CachedZonedDevice device, int block, int blocks)
      throws IOException {
    ByteBuffer read = ByteBuffer.allocate(blocks * BLOCK);
    device.read((long) block * BLOCK, read);
    return read.flip();
  }

  private static void assertRead(CachedZonedDevice device, int block, int blocks)
      throws IOException {
    assertThat(read(device, block, blocks)).isEqualTo(bytes(block + 1, blocks));
  }
}
