// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import org.jspecify.annotations.Nullable;
import zonefsj.fs.RequestThread;
import zonefsj.fs.fuse.LiveFuseMount;
import zonefsj.fs.fuse.RequestMeter;

/** A thread that receives and serves requests, with its buffers for one request at a time. */
final class FuseWorker extends RequestThread {
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int NAME_BYTES = 256;
  private static final int REQUEST_OVERHEAD_BYTES = 8 << 10;

  private final LibFuse2 fuse;
  private final long session;
  private final long channel;
  private final long patchedChannel;
  private final WorkerListener listener;
  private final RequestMeter meter;
  private final HiddenNodes hidden;
  private final TargetHolds holds;

  private final long receiveBuffer;
  private final long bufferBytes;
  private final long channelPointer;
  private final long entryStat;
  private final long entryName;
  private final long ownBuffer;

  private final RequestView kernelRequest;
  private final RequestView ownRequest;
  private RequestView request;
  private InternalRequests.@Nullable Reply ownReply;
  private final StatBuffer stat = new StatBuffer();
  private final BufferWindow window = new BufferWindow();

  /** Receives the start of the mount, breakdowns, and the end of a worker. */
  interface WorkerListener {
    /** A request met an unexpected exception; it was answered with EIO. */
    void brokeDown(String operation, Throwable what);

    /** The kernel has taken the reply to its first request. */
    void initialized();

    /**
     * A worker has ended.
     *
     * @param error 0 at an orderly end, the positive error number of the receive, or {@link
     *     LiveFuseMount#DIED}
     */
    void ended(int error);
  }

  FuseWorker(
      String name,
      LibFuse2 fuse,
      long session,
      long channel,
      long patchedChannel,
      HiddenNodes hidden,
      TargetHolds holds,
      RequestMeter meter,
      WorkerListener listener) {
    super(name);
    setDaemon(true);
    this.fuse = fuse;
    this.session = session;
    this.channel = channel;
    this.patchedChannel = patchedChannel;
    this.hidden = hidden;
    this.holds = holds;
    this.meter = meter;
    this.listener = listener;
    bufferBytes = ReplyPatch.LARGE_TRANSFER_BYTES + REQUEST_OVERHEAD_BYTES;
    receiveBuffer = NativeMemory.allocate(bufferBytes);
    channelPointer = NativeMemory.allocate(Long.BYTES);
    entryStat = NativeMemory.allocate(StatBuffer.sizeBytes());
    entryName = NativeMemory.allocate(NAME_BYTES);
    ownBuffer = NativeMemory.allocate(InternalRequests.BUFFER_BYTES);
    kernelRequest = new RequestView(receiveBuffer);
    ownRequest = new RequestView(ownBuffer);
    request = kernelRequest;
  }

  /** The worker of the current thread; null on a thread that only ends the session. */
  static @Nullable FuseWorker current() {
    return Thread.currentThread() instanceof FuseWorker worker ? worker : null;
  }

  /** Reports an unexpected exception. */
  void brokeDown(String operation, Throwable what) {
    listener.brokeDown(operation, what);
  }

  /** The request in progress: the kernel's, or one of our own within it. */
  RequestView request() {
    return request;
  }

  /** Memory for a request of our own. */
  long ownBuffer() {
    return ownBuffer;
  }

  /**
   * Makes the request in {@link #ownBuffer} the current one; returns the one that it interrupts.
   */
  RequestView beginOwnRequest() {
    RequestView interrupted = request;
    ownRequest.begin();
    request = ownRequest;
    return interrupted;
  }

  void endOwnRequest(RequestView interrupted) {
    request = interrupted;
  }

  void setOwnReply(InternalRequests.Reply reply) {
    ownReply = reply;
  }

  InternalRequests.Reply ownReply() {
    InternalRequests.Reply reply = ownReply;
    if (reply == null) {
      throw new IllegalStateException("no request of our own was made");
    }
    return reply;
  }

  StatBuffer stat() {
    return stat;
  }

  BufferWindow window() {
    return window;
  }

  /** Scratch memory for the {@code struct stat} of one directory entry. */
  long entryStat() {
    return entryStat;
  }

  /** Scratch memory for the name of one directory entry. */
  long entryName() {
    return entryName;
  }

  @Override
  public void run() {
    int error = LiveFuseMount.DIED;
    try {
      error = receive();
    } finally {
      listener.ended(error);
    }
  }

  /** Frees the native memory, after the thread has ended. */
  void free() {
    NativeMemory.free(receiveBuffer);
    NativeMemory.free(channelPointer);
    NativeMemory.free(entryStat);
    NativeMemory.free(entryName);
    NativeMemory.free(ownBuffer);
  }

  private int receive() {
    while (fuse.fuse_session_exited(session) == 0) {
      NativeMemory.IO.putLong(channelPointer, channel);
      int length = fuse.fuse_chan_recv(channelPointer, receiveBuffer, bufferBytes);
      if (length > 0) {
        serve(length);
      } else if (length == 0) {
        return 0;
      } else if (length != -EINTR && length != -EAGAIN) {
        return -length;
      }
    }
    return 0;
  }

  private void serve(int length) {
    final long begun = System.nanoTime();
    kernelRequest.begin();
    int opcode = kernelRequest.opcode();
    if (opcode == RequestView.RENAME) {
      holds.beforeRename(this);
    }
    fuse.fuse_session_process(
        session, receiveBuffer, length, ReplyPatch.concerns(opcode) ? patchedChannel : channel);
    meter.record(opcode, System.nanoTime() - begun);
    if (opcode == RequestView.INIT) {
      listener.initialized();
    }
    if (opcode == RequestView.FORGET || opcode == RequestView.BATCH_FORGET) {
      kernelRequest.forEachForgotten(
          node -> {
            holds.forgotten(this, node);
            hidden.forgotten(node);
          });
    }
  }
}
