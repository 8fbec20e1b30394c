// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.LongSupplier;

/**
 * The memory for bytes that are not on the drive yet: a pool of large buffers, and the sum of all.
 * Writers wait when the sum is above the limit; the wait is for a commit, which always ends. Nobody
 * waits inside a request, so the sum is at most the limit and one request a thread, and a quarter
 * of the limit while a checkpoint moves staged data.
 *
 * <p>A buffer is counted with what it and its run take besides its bytes, and what describes it as
 * metadata, so that a write of one byte is counted with what it costs: {@link #pendingBytesOf}.
 *
 * <p>Thread-safe.
 */
public final class DirtyMemory {
  /** The longest run, and the size of the pooled buffers. */
  public static final int LARGE_BYTES = 1 << 20;

  /** Least weight of a byte of metadata: a commit copies it, into its record and into the index. */
  public static final int METADATA_WEIGHT = 4;

  private static final long RECHECK_MILLIS = 20;
  private static final int SMALLEST_BYTES = 64;
  private static final int LARGEST_SMALL_BYTES = 256 << 10;

  /** A ByteBuffer, the header of its array, and a WriteBuffer. */
  private static final int BUFFER_OVERHEAD_BYTES = 104;

  private final long limitBytes;
  private final int metadataWeight;
  private final LongSupplier pendingMetadata;
  private final ArrayDeque<ByteBuffer> pool = new ArrayDeque<>();
  private final AtomicLong usedBytes = new AtomicLong();
  private final LongAccumulator highestBytes = new LongAccumulator(Math::max, 0);
  private boolean stopped;

  /** The last commit was given up, and there is no telling when one will succeed. */
  private boolean stuck;

  /**
   * @param limitBytes writers wait above this
   * @param metadataBytes metadata that may wait for a commit at most, so that its record fits the
   *     journal; never more than a part of the limit
   * @param pendingMetadata bytes of metadata that wait for a commit; they weigh more than data
   */
  public DirtyMemory(long limitBytes, long metadataBytes, LongSupplier pendingMetadata) {
    this.limitBytes = limitBytes;
    this.metadataWeight =
        Math.toIntExact(Math.max(METADATA_WEIGHT, limitBytes / Math.max(1, metadataBytes)));
    this.pendingMetadata = pendingMetadata;
  }

  /**
   * Waits until there is room. Called before any lock is taken.
   *
   * @param commitSoon is run if more than half is in use: it asks for a commit
   * @return false if there is none, and no commit that would make some can be expected
   */
  public boolean awaitRoom(Runnable commitSoon) throws InterruptedException {
    if (weight() <= limitBytes / 2) {
      return true;
    }
    commitSoon.run();
    synchronized (this) {
      while (weight() > limitBytes) {
        if (stopped || stuck) {
          return false;
        }
        wait(RECHECK_MILLIS);
      }
      return true;
    }
  }

  private long weight() {
    long weight = usedBytes.get() + metadataWeight * pendingMetadata.getAsLong();
    highestBytes.accumulate(weight);
    return weight;
  }

  /** What counts against the limit now: buffers, and metadata by their weight. */
  public long pendingBytes() {
    return weight();
  }

  /** The most that {@link #pendingBytes} ever was. */
  public long highestPendingBytes() {
    return highestBytes.get();
  }

  /** Writers wait above this. */
  public long limitBytes() {
    return limitBytes;
  }

  /** What a piece of a file counts for that has a buffer of its own. */
  public long pendingBytesOf(int length) {
    return capacityFor(length)
        + BUFFER_OVERHEAD_BYTES
        + (long) metadataWeight * FileDelta.INTERVAL_BYTES;
  }

  private static int capacityFor(int bytes) {
    return bytes > LARGEST_SMALL_BYTES
        ? LARGE_BYTES
        : Math.max(SMALLEST_BYTES, Integer.highestOneBit(bytes - 1) << 1);
  }

  /** Nobody waits any more: no commit will come. */
  public synchronized void stopWaiting() {
    stopped = true;
    notifyAll();
  }

  /** Nobody waits for commits as long as they are given up. */
  public synchronized void commitsAreStuck(boolean areStuck) {
    if (stuck != areStuck) {
      stuck = areStuck;
      notifyAll();
    }
  }

  /** A buffer of at least this many bytes; never waits. */
  ByteBuffer acquire(int bytes) {
    int capacity = capacityFor(bytes);
    usedBytes.addAndGet(capacity + BUFFER_OVERHEAD_BYTES);
    weight();
    if (capacity < LARGE_BYTES) {
      return ByteBuffer.allocate(capacity);
    }
    ByteBuffer pooled;
    synchronized (this) {
      pooled = pool.pollFirst();
    }
    return pooled == null ? ByteBuffer.allocateDirect(LARGE_BYTES) : pooled.clear();
  }

  /**
   * A buffer on the heap of just so many bytes, fewer than {@link #LARGE_BYTES}: for a copy of a
   * part of a buffer that is given back then. Never waits.
   */
  ByteBuffer acquireExact(int bytes) {
    usedBytes.addAndGet(bytes + BUFFER_OVERHEAD_BYTES);
    weight();
    return ByteBuffer.allocate(bytes);
  }

  /** Gives a buffer back; nobody may use it any more. */
  synchronized void release(ByteBuffer buffer) {
    usedBytes.addAndGet(-(buffer.capacity() + BUFFER_OVERHEAD_BYTES));
    if (buffer.capacity() == LARGE_BYTES && pool.size() * (long) LARGE_BYTES < limitBytes / 2) {
      pool.addFirst(buffer);
    }
    notifyAll();
  }

  /** Bytes of buffers in use, with what each takes besides. Waits for no lock. */
  public long usedBytes() {
    return usedBytes.get();
  }
}
