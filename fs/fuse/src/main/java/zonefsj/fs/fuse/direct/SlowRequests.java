// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.fuse.protocol.Opcode;

/**
 * Requests that may wait for space, memory or a commit. A share of the workers is left to all
 * others: to those that read, and to those that free the space for which writers wait. Slow
 * requests beyond the share of the workers are copied and queued; a worker that has served one
 * takes the next.
 *
 * <p>The queue takes up to {@value #MOST_QUEUED_BYTES} bytes of heap. A request that does not fit
 * takes a worker of the share that is left to others.
 *
 * <p>Thread-safe.
 */
final class SlowRequests {
  static final int MOST_QUEUED_BYTES = 16 << 20;

  private static final Set<Opcode> SLOW =
      EnumSet.of(
          Opcode.WRITE,
          Opcode.FALLOCATE,
          Opcode.COPY_FILE_RANGE,
          Opcode.COPY_FILE_RANGE_64,
          Opcode.CREATE,
          Opcode.TMPFILE,
          Opcode.MKNOD,
          Opcode.MKDIR,
          Opcode.SYMLINK,
          Opcode.LINK,
          Opcode.RENAME,
          Opcode.RENAME2,
          Opcode.SETXATTR,
          Opcode.FSYNC,
          Opcode.FSYNCDIR,
          Opcode.SYNCFS);

  private final int mostWorkers;
  private final Queue<Taken> queue = new ArrayDeque<>();
  private long queuedBytes;
  private int workers;

  /**
   * A request, and when it was taken from the kernel.
   *
   * @param request from position to limit
   * @param takenNanos as {@link System#nanoTime}
   */
  record Taken(ByteBuffer request, long takenNanos) {}

  /**
   * @param mostThreads limit of the number of workers
   */
  SlowRequests(int mostThreads) {
    this.mostWorkers = shareOf(mostThreads);
  }

  /** Workers that slow requests may take: one in four is left to others. At least 1. */
  static int shareOf(int mostThreads) {
    return Math.max(1, mostThreads - Math.max(1, mostThreads / 4));
  }

  /** Whether a request is a slow one. */
  static boolean isSlow(Opcode opcode) {
    return SLOW.contains(opcode);
  }

  /**
   * Takes a worker for a slow request, or queues a copy of it.
   *
   * @param request from position to limit
   * @param takenNanos when it was taken from the kernel
   * @return whether the caller serves it; it then calls {@link #next}
   */
  synchronized boolean begin(ByteBuffer request, long takenNanos) {
    int bytes = request.remaining();
    if (workers >= mostWorkers && queuedBytes + bytes <= MOST_QUEUED_BYTES) {
      ByteBuffer copy = ByteBuffer.allocate(bytes).order(request.order());
      copy.put(request.duplicate()).flip();
      queue.add(new Taken(copy, takenNanos));
      queuedBytes += bytes;
      return false;
    }
    workers++;
    return true;
  }

  /** The next request for a worker that has served one; null: the worker is free. */
  synchronized @Nullable Taken next() {
    Taken next = workers > mostWorkers ? null : queue.poll();
    if (next == null) {
      workers--;
      return null;
    }
    queuedBytes -= next.request().remaining();
    return next;
  }
}
