// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.RequestThread;
import zonefsj.fs.fuse.LiveFuseMount;
import zonefsj.fs.fuse.RequestMeter;
import zonefsj.fs.fuse.protocol.Negotiation;
import zonefsj.fs.fuse.protocol.Reply;

/**
 * A thread that reads requests and answers them, one at a time, except for {@link SlowRequests},
 * which may be answered by another thread. It has two buffers of 1 MiB, of which only pages that
 * have been used take memory.
 */
final class RequestWorker extends RequestThread {
  private static final Logger LOG = LoggerFactory.getLogger(RequestWorker.class);

  private static final int REQUEST_OVERHEAD_BYTES = 4096;

  private final FuseDevice device;
  private final RequestHandler handler;
  private final SlowRequests slow;
  private final RequestMeter meter;
  private final Listener listener;
  private final ByteBuffer request =
      ByteBuffer.allocateDirect(Negotiation.MAX_TRANSFER_BYTES + REQUEST_OVERHEAD_BYTES)
          .order(ByteOrder.nativeOrder());
  private final long requestAddress = FuseDevice.addressOf(request);
  private final Reply reply = new Reply(Negotiation.MAX_TRANSFER_BYTES);
  private final long replyAddress;

  /** Receives the events of a worker. */
  interface Listener {
    /** A worker has taken a request. */
    void taken();

    /** The worker that had taken a request waits for the next one. */
    void served();

    /** The kernel has taken a reply. */
    void answered();

    /**
     * A worker has ended.
     *
     * @param error 0 at an orderly end, the positive error number of the read, or {@link
     *     LiveFuseMount#DIED}
     */
    void ended(int error);
  }

  RequestWorker(
      String name,
      FuseDevice device,
      RequestHandler handler,
      SlowRequests slow,
      RequestMeter meter,
      Listener listener) {
    super(name);
    setDaemon(true);
    this.device = device;
    this.handler = handler;
    this.slow = slow;
    this.meter = meter;
    this.listener = listener;
    this.replyAddress = FuseDevice.addressOf(reply.success(0));
  }

  @Override
  public void run() {
    int error = LiveFuseMount.DIED;
    try {
      error = serve();
    } finally {
      listener.ended(error);
    }
  }

  /** Returns the reason why there are no more requests: 0, or the positive error number. */
  private int serve() {
    while (true) {
      int length = device.read(requestAddress, request.capacity());
      if (length > 0) {
        listener.taken();
        serve(request.clear().limit(length));
        listener.served();
      } else if (length == 0 || length == -FuseLibc.ENODEV) {
        return 0;
      } else if (length != -FuseLibc.EINTR
          && length != -FuseLibc.EAGAIN
          && length != -FuseLibc.ENOENT) {
        return -length;
      }
    }
  }

  private void serve(ByteBuffer taken) {
    long takenNanos = System.nanoTime();
    if (!RequestHandler.isSlow(taken)) {
      answer(taken, takenNanos);
    } else if (slow.begin(taken, takenNanos)) {
      answer(taken, takenNanos);
      for (SlowRequests.Taken next = slow.next(); next != null; next = slow.next()) {
        answer(next.request(), next.takenNanos());
      }
    }
  }

  private void answer(ByteBuffer taken, long takenNanos) {
    final int opcode = RequestHandler.opcodeOf(taken);
    ByteBuffer answer = handler.serve(taken, reply);
    if (answer != null) {
      send(answer);
    }
    meter.record(opcode, System.nanoTime() - takenNanos);
  }

  private void send(ByteBuffer answer) {
    int error = device.write(replyAddress, answer.remaining());
    if (error == 0) {
      listener.answered();
    } else if (error != -FuseLibc.ENOENT && error != -FuseLibc.ENODEV) {
      // ENOENT: the request was interrupted, so no thread waits for it. Any other error: the kernel
      // rejects the reply.
      LOG.error("the kernel refused a reply: errno {}", -error);
    }
  }
}
