// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory outside Java's heap and its limits, for data whose size others determine. It is mapped
 * anonymously, initially zero, allocated by the system page by page as it is written, and released
 * by {@link #close}, or when this object becomes unreachable. The caller must not use the buffer
 * afterwards: this would end the process.
 */
public final class PageMemory implements AutoCloseable {
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final long MAP_FAILED = -1;

  private static final Cleaner CLEANER = Cleaner.create();

  private final ByteBuffer buffer;
  private final Cleaner.Cleanable cleanable;

  private PageMemory(long address, int lengthBytes) {
    buffer = new Pointer(address).getByteBuffer(0, lengthBytes).order(ByteOrder.nativeOrder());
    cleanable = CLEANER.register(this, () -> giveBack(address, lengthBytes));
  }

  private static void giveBack(long address, int lengthBytes) {
    if (BlockLibc.munmap(address, lengthBytes) != 0) {
      throw new IllegalStateException("munmap: " + BlockLibc.describe(Native.getLastError()));
    }
  }

  /**
   * Allocates memory.
   *
   * @throws IOException if the system has none
   */
  public static PageMemory allocate(int lengthBytes) throws IOException {
    long address = BlockLibc.mmap(0, lengthBytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED) {
      throw new IOException(
          "mmap of " + lengthBytes + " bytes: " + BlockLibc.describe(Native.getLastError()));
    }
    return new PageMemory(address, lengthBytes);
  }

  /** All of the memory, in the machine's byte order. */
  public ByteBuffer buffer() {
    return buffer;
  }

  /** Releases the memory. */
  @Override
  public void close() {
    cleanable.clean();
  }
}
