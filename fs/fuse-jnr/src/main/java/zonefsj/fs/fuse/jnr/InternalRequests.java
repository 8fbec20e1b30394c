// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import com.kenai.jffi.MemoryIO;

/**
 * Requests that do not come from the kernel: we send them to libfuse ourselves, in the protocol of
 * linux/fuse.h, and receive the reply on a channel that is not connected to the kernel.
 *
 * <p>Thread-safe: a request uses memory of the calling worker.
 */
final class InternalRequests implements Callbacks.Send {
  /** Space for a header and a name. */
  static final int BUFFER_BYTES = 4096;

  private static final MemoryIO IO = NativeMemory.IO;
  private static final int HEADER_SIZE = 40;
  private static final int RELEASE = 18;
  private static final int RELEASE_SIZE = 24;
  private static final int OPEN_SIZE = 8;
  private static final int FORGET_SIZE = 8;

  // The kernel counts its requests upwards from a small even number.
  private static final long UNIQUE = Long.MIN_VALUE + 1;

  private static final int OUT_HEADER_ERROR = 4;
  private static final int IOVEC_SIZE = 16;
  private static final int ENTRY_MODE = 40 + 60;

  private final LibFuse2 fuse;
  private final long session;
  private final SendChannel channel;

  /**
   * A reply of libfuse.
   *
   * @param error 0, or a negative error number
   * @param first the first 64 bits of the body: the node of a LOOKUP, the handle of an OPEN
   * @param mode of a LOOKUP
   */
  record Reply(int error, long first, int mode) {
    private static final Reply NONE = new Reply(0, 0, 0);
  }

  InternalRequests(LibFuse2 fuse, long session, long kernelChannel) {
    this.fuse = fuse;
    this.session = session;
    this.channel = new SendChannel(fuse, kernelChannel, this);
  }

  /** Finds the node of a name; libfuse counts this as a lookup of the kernel. */
  Reply lookup(FuseWorker worker, long parent, byte[] name) {
    NativeMemory.putString(worker.ownBuffer() + HEADER_SIZE, name);
    return ask(worker, RequestView.LOOKUP, parent, name.length + 1);
  }

  /** Opens a node for reading. */
  Reply open(FuseWorker worker, long node) {
    IO.putLong(worker.ownBuffer() + HEADER_SIZE, 0);
    return ask(worker, RequestView.OPEN, node, OPEN_SIZE);
  }

  /** Closes a handle of {@link #open}. */
  void release(FuseWorker worker, long node, long handle) {
    long body = worker.ownBuffer() + HEADER_SIZE;
    IO.putLong(body, handle);
    IO.putLong(body + 8, 0);
    IO.putLong(body + 16, 0);
    ask(worker, RELEASE, node, RELEASE_SIZE);
  }

  /** Reverts one {@link #lookup}. */
  void forget(FuseWorker worker, long node) {
    IO.putLong(worker.ownBuffer() + HEADER_SIZE, 1);
    ask(worker, RequestView.FORGET, node, FORGET_SIZE);
  }

  private Reply ask(FuseWorker worker, int opcode, long node, int bodyLength) {
    long buffer = worker.ownBuffer();
    int length = HEADER_SIZE + bodyLength;
    IO.setMemory(buffer, HEADER_SIZE, (byte) 0);
    IO.putInt(buffer, length);
    IO.putInt(buffer + 4, opcode);
    IO.putLong(buffer + 8, UNIQUE);
    IO.putLong(buffer + 16, node);
    worker.setOwnReply(Reply.NONE);
    RequestView kernels = worker.beginOwnRequest();
    try {
      fuse.fuse_session_process(session, buffer, length, channel.address());
    } finally {
      worker.endOwnRequest(kernels);
    }
    return worker.ownReply();
  }

  /** The send function of our channel. */
  @Override
  public int call(long ownChannel, long vector, long count) {
    FuseWorker worker = FuseWorker.current();
    // No vector: a FORGET, which has no reply.
    if (worker != null && vector != 0) {
      int error = IO.getInt(IO.getLong(vector) + OUT_HEADER_ERROR);
      if (error != 0 || count < 2) {
        worker.setOwnReply(new Reply(error, 0, 0));
      } else {
        long body = IO.getLong(vector + IOVEC_SIZE);
        boolean entry = worker.request().opcode() == RequestView.LOOKUP;
        worker.setOwnReply(
            new Reply(0, IO.getLong(body), entry ? IO.getInt(body + ENTRY_MODE) : 0));
      }
    }
    return 0;
  }

  /** Frees the channel, after the last worker has ended. */
  void free() {
    channel.free();
  }
}
