// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The memory for bytes that are not on the drive yet: a pool of large buffers, and the sum of all.
 * Writers wait while the sum is above the limit: for data that go to zones before their commit, or
 * for a commit, both of which always end. No thread waits inside a request, so the sum is at most
 * the limit and one request for each thread, and a quarter of the limit more while a checkpoint
 * moves staged data.
 *
 * <p>The count of a buffer includes its objects and, as metadata, its interval, so a write of one
 * byte counts with its real cost: {@link #pendingBytesOf}.
 *
 * <p>Thread-safe.
 */
public final class DirtyMemory {
  /** Largest length of a write buffer, and size of the pooled buffers. */
  public static final int LARGE_BYTES = 1 << 20;

  /** Lowest weight of a byte of metadata: a commit copies it into its record and into the index. */
  public static final int METADATA_WEIGHT = 4;

  private static final long RECHECK_MILLIS = 20;
  private static final int SMALLEST_BYTES = 64;
  private static final int LARGEST_SMALL_BYTES = 256 << 10;

  /** A ByteBuffer, the header of its array, and a WriteBuffer. */
  private static final int BUFFER_OVERHEAD_BYTES = 104;

  private volatile Limit limit;
  private final LongSupplier pendingMetadata;
  private final BooleanSupplier isDriveAway;
  private final ArrayDeque<ByteBuffer> pool = new ArrayDeque<>();
  private final AtomicLong usedBytes = new AtomicLong();
  private final long longestRecordBytes;
  private final LongAccumulator highestBytes = new LongAccumulator(Math::max, 0);
  private boolean stopped;

  /** The last commit was abandoned, and the time of the next success is unknown. */
  private boolean stuck;

  /**
   * @param limitBytes writers wait above this
   * @param longestRecordBytes largest amount of metadata that may wait for a commit, so that its
   *     record fits into the journal; never more than a part of the limit
   * @param pendingMetadata bytes of metadata that wait for a commit; they weigh more than data
   * @param isDriveAway whether no commit can be expected soon
   */
  public DirtyMemory(
      long limitBytes,
      long longestRecordBytes,
      LongSupplier pendingMetadata,
      BooleanSupplier isDriveAway) {
    this.longestRecordBytes = longestRecordBytes;
    this.limit = Limit.of(limitBytes, longestRecordBytes);
    this.pendingMetadata = pendingMetadata;
    this.isDriveAway = isDriveAway;
  }

  /**
   * The limit of the sum, and what a byte of metadata weighs in it.
   *
   * @param bytes writers wait above this
   * @param metadataWeight so that metadata alone are never more than the longest record
   */
  private record Limit(long bytes, int metadataWeight) {
    static Limit of(long bytes, long longestRecordBytes) {
      return new Limit(
          bytes,
          Math.toIntExact(Math.max(METADATA_WEIGHT, bytes / Math.max(1, longestRecordBytes))));
    }
  }

  /** Changes the limit. Threads that wait look at the new one. */
  public synchronized void changeLimit(long limitBytes) {
    limit = Limit.of(limitBytes, longestRecordBytes);
    while (!pool.isEmpty() && pool.size() * (long) LARGE_BYTES > limitBytes / 2) {
      pool.pollFirst();
    }
    notifyAll();
  }

  /** Largest amount of metadata that may wait for a commit. */
  public long longestRecordBytes() {
    return longestRecordBytes;
  }

  /**
   * Waits until the sum is at or below the limit. Call it before taking any lock.
   *
   * @param commitSoon runs if memory {@link #isShort}, and after each wait that did not suffice: it
   *     requests a commit, or what else makes room
   * @return false if the sum is above the limit and nothing can be expected to lower it
   */
  public boolean awaitMemory(Runnable commitSoon) throws InterruptedException {
    if (!isShort()) {
      return true;
    }
    do {
      // Again after each wait: others may have taken what a commit gave back. It may itself commit.
      commitSoon.run();
      if (!awaitChange()) {
        return false;
      }
    } while (weight() > limit.bytes);
    return true;
  }

  /** Waits briefly if the sum is above the limit; returns false if nothing will lower it. */
  @SuppressWarnings("WaitNotInLoop") // The caller looks at the sum again.
  private synchronized boolean awaitChange() throws InterruptedException {
    if (weight() > limit.bytes) {
      if (stopped || stuck || isDriveAway.getAsBoolean()) {
        return false;
      }
      wait(RECHECK_MILLIS);
    }
    return true;
  }

  /**
   * Whether the sum is at or below the limit. Never waits.
   *
   * @param commitSoon as in {@link #awaitMemory}
   */
  public boolean hasMemory(Runnable commitSoon) {
    long weight = weight();
    if (weight > limit.bytes / 2) {
      commitSoon.run();
    }
    return weight <= limit.bytes;
  }

  private long weight() {
    long weight = usedBytes.get() + limit.metadataWeight * pendingMetadata.getAsLong();
    highestBytes.accumulate(weight);
    return weight;
  }

  /** Whether more than half of the limit is in use, so that something has to make room. */
  public boolean isShort() {
    return shortBytes() > 0;
  }

  /** Whether {@link #isShort} is true for metadata alone, which only a commit ends. */
  public boolean isShortByMetadata() {
    return limit.metadataWeight * pendingMetadata.getAsLong() > limit.bytes / 2;
  }

  /** How much more than half of the limit is in use; negative: so much less. */
  public long shortBytes() {
    return weight() - limit.bytes / 2;
  }

  /** Waits briefly for the release of a buffer. */
  @SuppressWarnings("WaitNotInLoop") // The caller looks again at what it waits for.
  public synchronized void awaitRelease() throws InterruptedException {
    wait(RECHECK_MILLIS);
  }

  /** The sum that the limit bounds: buffers, and metadata by their weight. */
  public long pendingBytes() {
    return weight();
  }

  /** Highest value of {@link #pendingBytes} so far. */
  public long highestPendingBytes() {
    return highestBytes.get();
  }

  /** Writers wait above this. */
  public long limitBytes() {
    return limit.bytes;
  }

  /** Bytes that an interval with its own buffer adds to the sum. */
  public long pendingBytesOf(int length) {
    return capacityFor(length)
        + BUFFER_OVERHEAD_BYTES
        + (long) limit.metadataWeight * FileDelta.INTERVAL_BYTES;
  }

  private static int capacityFor(int bytes) {
    return bytes > LARGEST_SMALL_BYTES
        ? LARGE_BYTES
        : Math.max(SMALLEST_BYTES, Integer.highestOneBit(bytes - 1) << 1);
  }

  /** Wakes all waiting threads and ends all waiting: no commit will come. */
  public synchronized void stopWaiting() {
    stopped = true;
    notifyAll();
  }

  /** Ends waiting while commits are abandoned. */
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
   * A buffer of exactly this many bytes on the heap, fewer than {@link #LARGE_BYTES}: for a copy of
   * a part of a buffer that is released afterwards. Never waits.
   */
  ByteBuffer acquireExact(int bytes) {
    usedBytes.addAndGet(bytes + BUFFER_OVERHEAD_BYTES);
    weight();
    return ByteBuffer.allocate(bytes);
  }

  /** Returns a buffer to the pool; the caller must not use it any more. */
  synchronized void release(ByteBuffer buffer) {
    usedBytes.addAndGet(-(buffer.capacity() + BUFFER_OVERHEAD_BYTES));
    if (buffer.capacity() == LARGE_BYTES && pool.size() * (long) LARGE_BYTES < limit.bytes / 2) {
      pool.addFirst(buffer);
    }
    notifyAll();
  }

  /** Bytes of buffers in use, with the overhead of each. Takes no lock. */
  public long usedBytes() {
    return usedBytes.get();
  }
}
