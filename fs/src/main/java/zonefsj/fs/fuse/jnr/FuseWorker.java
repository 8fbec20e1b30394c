package zonefsj.fs.fuse.jnr;

import org.jspecify.annotations.Nullable;

/** A thread that receives requests and serves them, with all that it needs for one at a time. */
final class FuseWorker extends Thread {
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int NAME_BYTES = 256;

  private final LibFuse2 fuse;
  private final long session;
  private final long channel;
  private final WorkerListener listener;
  private final HiddenNodes hidden;

  private final long receiveBuffer;
  private final long bufferBytes;
  private final long channelPointer;
  private final long entryStat;
  private final long entryName;

  private final RequestView request;
  private final StatBuffer stat = new StatBuffer();
  private final BufferWindow window = new BufferWindow();

  /** Hears of the end of a worker. */
  @FunctionalInterface
  interface WorkerListener {
    /**
     * A worker has ended.
     *
     * @param error 0 at an orderly end, otherwise the positive error number of the receive
     */
    void ended(int error);
  }

  FuseWorker(
      String name,
      LibFuse2 fuse,
      long session,
      long channel,
      HiddenNodes hidden,
      WorkerListener listener) {
    super(name);
    setDaemon(true);
    this.fuse = fuse;
    this.session = session;
    this.channel = channel;
    this.hidden = hidden;
    this.listener = listener;
    bufferBytes = fuse.fuse_chan_bufsize(channel);
    receiveBuffer = NativeMemory.allocate(bufferBytes);
    channelPointer = NativeMemory.allocate(Long.BYTES);
    entryStat = NativeMemory.allocate(StatBuffer.sizeBytes());
    entryName = NativeMemory.allocate(NAME_BYTES);
    request = new RequestView(receiveBuffer);
  }

  /** The worker that runs this code; null on a thread that only tears the session down. */
  static @Nullable FuseWorker current() {
    return Thread.currentThread() instanceof FuseWorker worker ? worker : null;
  }

  RequestView request() {
    return request;
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
    int error = 0;
    try {
      error = receive();
    } finally {
      listener.ended(error);
    }
  }

  /** Frees the native memory; after the thread has ended. */
  void free() {
    NativeMemory.free(receiveBuffer);
    NativeMemory.free(channelPointer);
    NativeMemory.free(entryStat);
    NativeMemory.free(entryName);
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
    request.begin();
    int opcode = request.opcode();
    if (opcode == RequestView.FORGET || opcode == RequestView.BATCH_FORGET) {
      request.forEachForgotten(hidden::forgotten);
    }
    fuse.fuse_session_process(session, receiveBuffer, length, channel);
  }
}
