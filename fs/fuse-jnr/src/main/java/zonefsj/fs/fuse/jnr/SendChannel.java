// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.lang.ref.Reference;
import jnr.ffi.Runtime;

/**
 * A channel of libfuse with our send function.
 *
 * <pre>
 * struct fuse_chan_ops
 *   0 int (*receive)(struct fuse_chan **, char *, size_t)
 *   8 int (*send)(struct fuse_chan *, const struct iovec *, size_t)
 *  16 void (*destroy)(struct fuse_chan *)
 * </pre>
 */
final class SendChannel {
  private static final int OPERATIONS_SIZE = 24;
  private static final int SEND = 8;

  private final LibFuse2 fuse;
  private final Callbacks.Send send;
  private final long address;

  /**
   * @param channel the channel to the kernel, for its descriptor
   */
  SendChannel(LibFuse2 fuse, long channel, Callbacks.Send send) {
    this.fuse = fuse;
    this.send = send;
    long operations = NativeMemory.allocate(OPERATIONS_SIZE);
    try {
      NativeMemory.IO.putLong(
          operations + SEND,
          Runtime.getSystemRuntime()
              .getClosureManager()
              .getClosurePointer(Callbacks.Send.class, send)
              .address());
      address =
          fuse.fuse_chan_new(
              operations, fuse.fuse_chan_fd(channel), fuse.fuse_chan_bufsize(channel), 0);
    } finally {
      NativeMemory.free(operations);
    }
    if (address == 0) {
      throw new OutOfMemoryError("no memory for a channel");
    }
  }

  long address() {
    return address;
  }

  /**
   * Frees the channel, which does not own the descriptor. The closure must stay reachable until
   * then.
   */
  void free() {
    try {
      fuse.fuse_chan_destroy(address);
    } finally {
      Reference.reachabilityFence(send);
    }
  }
}
