package zonefsj.fs.data;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The memory for bytes that are not on the drive yet: a pool of large buffers, and the sum of all.
 * Writers wait when the sum is above the limit; the wait is for a commit, which always ends.
 *
 * <p>Thread-safe.
 */
public final class DirtyMemory {
  /** The longest run, and the size of the pooled buffers. */
  public static final int LARGE_BYTES = 1 << 20;

  private static final int METADATA_WEIGHT = 4;
  private static final long RECHECK_MILLIS = 20;
  private static final int SMALLEST_BYTES = 4096;
  private static final int LARGEST_SMALL_BYTES = 256 << 10;

  private final long limitBytes;
  private final LongSupplier pendingMetadata;
  private final Runnable pressure;
  private final ArrayDeque<ByteBuffer> pool = new ArrayDeque<>();
  private final AtomicLong usedBytes = new AtomicLong();
  private boolean stopped;

  /**
   * @param limitBytes writers wait above this
   * @param pendingMetadata bytes of metadata that wait for a commit; they weigh more than data,
   *     because a commit copies them: into its record, and into the index
   * @param pressure is run, on the writer's thread, whenever a writer finds more than half in use:
   *     it asks for a commit
   */
  public DirtyMemory(long limitBytes, LongSupplier pendingMetadata, Runnable pressure) {
    this.limitBytes = limitBytes;
    this.pendingMetadata = pendingMetadata;
    this.pressure = pressure;
  }

  /** Waits until there is room. Called before any lock is taken. */
  public void awaitRoom() throws InterruptedException {
    if (weight() <= limitBytes / 2) {
      return;
    }
    pressure.run();
    synchronized (this) {
      while (weight() > limitBytes && !stopped) {
        wait(RECHECK_MILLIS);
      }
    }
  }

  private long weight() {
    return usedBytes.get() + METADATA_WEIGHT * pendingMetadata.getAsLong();
  }

  /** Nobody waits any more: no commit will come. */
  public synchronized void stopWaiting() {
    stopped = true;
    notifyAll();
  }

  /** A buffer of at least this many bytes; never waits. */
  ByteBuffer acquire(int bytes) {
    int capacity = LARGE_BYTES;
    if (bytes <= LARGEST_SMALL_BYTES) {
      capacity = Math.max(SMALLEST_BYTES, Integer.highestOneBit(bytes - 1) << 1);
    }
    usedBytes.addAndGet(capacity);
    if (capacity < LARGE_BYTES) {
      return ByteBuffer.allocate(capacity);
    }
    ByteBuffer pooled;
    synchronized (this) {
      pooled = pool.pollFirst();
    }
    return pooled == null ? ByteBuffer.allocateDirect(LARGE_BYTES) : pooled.clear();
  }

  /** Gives a buffer back; nobody may use it any more. */
  synchronized void release(ByteBuffer buffer) {
    usedBytes.addAndGet(-buffer.capacity());
    if (buffer.capacity() == LARGE_BYTES && pool.size() * (long) LARGE_BYTES < limitBytes / 2) {
      pool.addFirst(buffer);
    }
    notifyAll();
  }

  /** Bytes in use. Waits for no lock. */
  public long usedBytes() {
    return usedBytes.get();
  }
}
