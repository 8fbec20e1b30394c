// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/** A cache whose store fails is switched off, and no access fails. */
class FailingStoreTest {
  private static final int BLOCK = 4096;
  private static final int LINE = 4 * BLOCK;
  private static final int SLOTS = 8;

  private final Failing store = new Failing();
  private CachedZonedDevice device;

  /** Fails when told to. */
  private static final class Failing implements LineStore {
    private final MemoryLines lines = new MemoryLines(SLOTS, LINE);
    private boolean failsReads;
    private boolean failsWrites;
    private int calls;
    private boolean isClosed;

    @Override
    public boolean read(int slot, int offsetBytes, ByteBuffer destination) throws IOException {
      calls++;
      if (failsReads) {
        destination.put((byte) 77);
        throw new IOException("injected EIO");
      }
      return lines.read(slot, offsetBytes, destination);
    }

    @Override
    public boolean write(int slot, int offsetBytes, ByteBuffer source) throws IOException {
      calls++;
      if (failsWrites) {
        throw new IOException("injected ENOSPC");
      }
      return lines.write(slot, offsetBytes, source);
    }

    @Override
    public String description() {
      return "cache that fails";
    }

    @Override
    public void close() {
      isClosed = true;
    }
  }

  @BeforeEach
  void makeDevice() throws IOException {
    RamZonedDevice ram =
        RamZonedDevice.create(EmulatedGeometry.builder(8 << 20).zoneSizeBytes(1 << 20).build());
    device = CachedZonedDevice.over(ram, new CacheOptions(LINE, 16 * BLOCK, true), store, SLOTS);
    device.write(0, bytes(1, 6));
  }

  @Test
  void aFailedReadIsAnsweredByTheDrive() throws IOException {
    assertRead(0, 6);
    assertThat(device.counters().hits()).isPositive();
    store.failsReads = true;
    assertRead(0, 6);
    assertThat(device.isOff()).isTrue();
    int calls = store.calls;
    assertRead(0, 6);
    device.write(6 * BLOCK, bytes(7, 2));
    assertRead(2, 6);
    assertThat(store.calls).isEqualTo(calls);
  }

  @Test
  void aFailedInsertOrExtensionIsNoFailure() throws IOException {
    store.failsWrites = true;
    device.append(0, bytes(7, 2));
    assertThat(device.isOff()).isTrue();
    assertRead(0, 8);
    device.reset(0);
    device.append(0, bytes(1, 3));
    assertRead(0, 3);
    device.close();
    assertThat(store.isClosed).isTrue();
  }

  @Test
  void aFailedLineOfAMissIsNoFailure() throws IOException {
    device.write(1 << 20, ByteBuffer.allocate(32 * BLOCK));
    store.failsWrites = true;
    ByteBuffer read = ByteBuffer.allocate(2 * BLOCK);
    device.read((1 << 20) + 3 * BLOCK, read);
    assertThat(read.hasRemaining()).isFalse();
    assertThat(device.isOff()).isTrue();
  }

  /** Blocks whose bytes are their numbers. */
  private static ByteBuffer bytes(int first, int blocks) {
    ByteBuffer bytes = ByteBuffer.allocate(blocks * BLOCK);
    while (bytes.hasRemaining()) {
      bytes.put((byte) (first + bytes.position() / BLOCK));
    }
    return bytes.flip();
  }

  private void assertRead(int block, int blocks) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(blocks * BLOCK);
    device.read((long) block * BLOCK, read);
    assertThat(read.flip()).isEqualTo(bytes(block + 1, blocks));
  }
}
