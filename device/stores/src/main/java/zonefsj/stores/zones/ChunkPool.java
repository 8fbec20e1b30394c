// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Memory for bytes that are not in the store yet: direct buffers of one size, at most so many.
 * Thread-safe.
 */
final class ChunkPool {
  /** Size of a buffer. */
  static final int CHUNK_BYTES = 256 << 10;

  /** After it, others may have something to give back. */
  private static final long LONGEST_WAIT_MILLIS = 1000;

  private final int most;
  private final StorePatience patience;
  private final Deque<ByteBuffer> free = new ArrayDeque<>();
  private int made;

  /**
   * @param budgetBytes of all buffers together; at least one is made
   * @param patience says when a thread that waits for a buffer fails
   */
  ChunkPool(long budgetBytes, StorePatience patience) {
    this.most = (int) Math.max(1, budgetBytes / CHUNK_BYTES);
    this.patience = patience;
  }

  /**
   * Takes an empty buffer, and waits until one is given back if there is none, also if this thread
   * is interrupted.
   *
   * @param relief called before each wait, without a lock: makes others give back theirs
   * @throws IOException if none came back for too long
   */
  ByteBuffer take(Runnable relief) throws IOException {
    long deadline = end();
    boolean interrupted = false;
    try {
      while (true) {
        ByteBuffer chunk = poll();
        if (chunk != null) {
          return chunk;
        }
        relief.run();
        if (patience.isWaiting()) {
          deadline = end();
        }
        interrupted |= awaitOne(deadline);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private long end() {
    return System.nanoTime() + patience.limitMillis() * 1_000_000;
  }

  private synchronized @Nullable ByteBuffer poll() {
    ByteBuffer chunk = free.poll();
    if (chunk != null) {
      return chunk.clear();
    }
    if (made == most) {
      return null;
    }
    ByteBuffer fresh = ByteBuffer.allocateDirect(CHUNK_BYTES);
    made++;
    return fresh;
  }

  /** Waits for a buffer, or for a while; returns whether the thread was interrupted. */
  @SuppressWarnings("WaitNotInLoop") // the caller has the loop
  private synchronized boolean awaitOne(long deadlineNanos) throws IOException {
    if (!free.isEmpty()) {
      return false;
    }
    long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
    if (left <= 0 || patience.isOver()) {
      throw new IOException(
          "the store has not taken anything for " + patience.limitMillis() / 1000 + " s");
    }
    try {
      wait(Math.min(left, LONGEST_WAIT_MILLIS));
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }

  /** Gives buffers back. */
  synchronized void give(Collection<ByteBuffer> chunks) {
    if (!chunks.isEmpty()) {
      free.addAll(chunks);
      notifyAll();
    }
  }
}
