// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Reads and writes C memory by address. */
final class NativeMemory {
  static final MemoryIO IO = MemoryIO.getInstance();

  private NativeMemory() {}

  /** Allocates zeroed memory that the caller frees with {@link #free}. */
  static long allocate(long size) {
    long address = IO.allocateMemory(size, true);
    if (address == 0) {
      throw new OutOfMemoryError("no native memory: " + size + " bytes");
    }
    return address;
  }

  static void free(long address) {
    IO.freeMemory(address);
  }

  /** The bytes of a C string, without decoding. */
  static byte[] string(long address) {
    return IO.getZeroTerminatedByteArray(address);
  }

  /** Copies bytes and a terminating zero. */
  static void putString(long address, byte[] bytes) {
    IO.putByteArray(address, bytes, 0, bytes.length);
    IO.putByte(address + bytes.length, (byte) 0);
  }

  /** A C string in new memory. */
  static long newString(byte[] bytes) {
    long address = allocate(bytes.length + 1L);
    putString(address, bytes);
    return address;
  }

  static byte[] bytes(long address, int length) {
    byte[] bytes = new byte[length];
    IO.getByteArray(address, bytes, 0, length);
    return bytes;
  }

  /** C memory as a buffer, without a copy; an empty buffer if there is no memory. */
  static ByteBuffer view(long address, long length) {
    int capacity = (int) Math.min(length, Integer.MAX_VALUE);
    return address == 0 || capacity <= 0
        ? ByteBuffer.allocate(0)
        : IO.newDirectByteBuffer(address, capacity);
  }

  /** Whether an array ends with another. */
  static boolean endsWith(byte[] whole, byte[] tail) {
    return whole.length >= tail.length
        && Arrays.equals(whole, whole.length - tail.length, whole.length, tail, 0, tail.length);
  }
}
