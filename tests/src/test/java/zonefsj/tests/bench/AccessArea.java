// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import zonefsj.device.ZonedDevice;

/**
 * The first bytes of a drive, which are accessed from the beginning to the end, again and again.
 * Not thread-safe.
 */
final class AccessArea {
  /** Longer than the caches of a processor core. */
  static final int BYTES = 32 << 20;

  static final int PAGE_BYTES = 4096;
  private static final int FILL_BYTES = 1 << 20;

  private final ByteBuffer buffer;
  private final int accesses;
  private int next;

  /**
   * @param accessBytes length of an access; divides {@link #BYTES} and the capacity of a zone
   */
  AccessArea(int accessBytes) {
    buffer = ByteBuffer.allocateDirect(accessBytes + PAGE_BYTES).alignedSlice(PAGE_BYTES);
    buffer.limit(accessBytes);
    ByteBuffer bytes = buffer.duplicate();
    SplittableRandom random = new SplittableRandom(1);
    while (bytes.remaining() >= Long.BYTES) {
      bytes.putLong(random.nextLong());
    }
    accesses = BYTES / accessBytes;
  }

  /** Number of accesses from the beginning to the end. */
  int accesses() {
    return accesses;
  }

  /** The next access begins at the beginning. */
  void rewind() {
    next = 0;
  }

  /** Reads the next bytes; those at the beginning come after those at the end. */
  void read(ZonedDevice device) throws IOException {
    buffer.rewind();
    device.read((long) next * buffer.limit(), buffer);
    next = next + 1 == accesses ? 0 : next + 1;
  }

  /** Appends the next bytes to their zone. */
  void append(ZonedDevice device) throws IOException {
    buffer.rewind();
    device.append(device.geometry().zoneOf((long) next * buffer.limit()), buffer);
    next++;
  }

  /** Empties the area, so that the next append begins at the beginning. */
  void reset(ZonedDevice device) throws IOException {
    for (int zone = 0; zone <= device.geometry().zoneOf(BYTES - 1); zone++) {
      device.reset(zone);
    }
    // An image writes a zone that was reset only after two flushes.
    device.flush();
    device.flush();
    rewind();
  }

  /** Writes the whole area of an empty drive. */
  static void fill(ZonedDevice device) throws IOException {
    AccessArea whole = new AccessArea(FILL_BYTES);
    for (int at = 0; at < whole.accesses(); at++) {
      whole.append(device);
    }
  }
}
