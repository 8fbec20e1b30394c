// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open /dev/fuse: each read returns one request, each write sends one reply or notice.
 * Thread-safe; close it only when no thread reads any more.
 */
final class FuseDevice implements AutoCloseable {
  private final int fd;
  private final Runnable watch;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param fd file descriptor, owned from now on
   */
  FuseDevice(int fd) {
    this(fd, () -> {});
  }

  /**
   * @param fd file descriptor, owned from now on
   * @param watch runs when this is closed
   */
  FuseDevice(int fd, Runnable watch) {
    this.fd = fd;
    this.watch = watch;
  }

  /** Address of a direct buffer. */
  static long addressOf(ByteBuffer direct) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
  }

  /**
   * Waits for a request.
   *
   * @return its length, or the negative error number
   */
  int read(long address, int roomBytes) {
    long length = FuseLibc.read(fd, address, roomBytes);
    return length >= 0 ? (int) length : -Native.getLastError();
  }

  /**
   * Writes a reply or a notice to the kernel.
   *
   * @return 0, or the negative error number
   */
  int write(long address, int lengthBytes) {
    return FuseLibc.write(fd, address, lengthBytes) >= 0 ? 0 : -Native.getLastError();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      FuseLibc.close(fd);
      watch.run();
    }
  }
}
