// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines by their number and generation. A line has a beginning of its bytes, not always all of
 * them. A store that fails is not used again, and never makes a read fail.
 *
 * <p>Threading: safe for use by several threads; bytes are copied without a lock.
 */
final class LineCache implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(LineCache.class);

  private static final int MOST_SHARDS = 16;
  private static final int LEAST_SHARD_SLOTS = 64;

  private final LineStore store;
  private final LineShard[] shards;
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder insertedBytes = new LongAdder();

  private volatile boolean isOff;

  /**
   * @param store owned from now on
   * @param slots number of slots of the store, at least 1
   */
  LineCache(LineStore store, int slots) {
    this.store = store;
    int count = Math.max(1, Math.min(MOST_SHARDS, slots / LEAST_SHARD_SLOTS));
    this.shards = new LineShard[count];
    int first = 0;
    for (int shard = 0; shard < count; shard++) {
      int end = (int) ((long) slots * (shard + 1) / count);
      shards[shard] = new LineShard(first, end - first);
      first = end;
    }
  }

  static int hash(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> Integer.SIZE);
  }

  /** Whether the store has failed, or is closed. */
  boolean isOff() {
    return isOff;
  }

  CacheCounters counters() {
    long evicted = 0;
    for (LineShard shard : shards) {
      evicted += shard.evictedBytes();
    }
    return new CacheCounters(hits.sum(), misses.sum(), insertedBytes.sum(), evicted);
  }

  /** Whether a line has the bytes up to an offset. */
  boolean has(long key, long generation, int toBytes) {
    return shard(key).has(key, generation, toBytes);
  }

  /**
   * Fills {@code destination} from a line.
   *
   * @return false if the cache does not have all of it; then nothing has changed
   */
  boolean read(long key, long generation, int offsetBytes, ByteBuffer destination) {
    LineShard shard = shard(key);
    int slot =
        isOff ? LineShard.NONE : shard.use(key, generation, offsetBytes + destination.remaining());
    if (slot == LineShard.NONE) {
      return false;
    }
    int position = destination.position();
    boolean isRead = false;
    try {
      isRead = store.read(slot, offsetBytes, destination);
    } catch (IOException e) {
      switchOff(e);
    } finally {
      shard.release(slot);
    }
    if (isRead) {
      hits.increment();
    } else {
      destination.position(position);
      shard.evict(key);
    }
    return isRead;
  }

  /** Counts parts of reads that the cache did not have. */
  void countMisses(long count) {
    misses.add(count);
  }

  /**
   * Puts the first bytes of a line into the cache, unless it has as many.
   *
   * @param isCurrent whether these bytes are still those of the line; asked when nobody can remove
   *     the line
   */
  void insert(long key, long generation, ByteBuffer bytes, BooleanSupplier isCurrent) {
    LineShard shard = shard(key);
    int length = bytes.remaining();
    if (isOff || length == 0 || shard.has(key, generation, length)) {
      return;
    }
    int slot = shard.take();
    if (slot == LineShard.NONE) {
      return;
    }
    boolean stored = false;
    try {
      stored = store.write(slot, 0, bytes);
    } catch (IOException e) {
      switchOff(e);
    } finally {
      if (!stored) {
        shard.release(slot);
      }
    }
    if (stored && shard.publish(slot, key, generation, length, isCurrent)) {
      insertedBytes.add(length);
    }
  }

  /** Adds bytes to a line that ends where they begin; else does nothing. */
  void extend(long key, long generation, int offsetBytes, ByteBuffer bytes) {
    LineShard shard = shard(key);
    int slot = isOff ? LineShard.NONE : shard.useEnd(key, generation, offsetBytes);
    if (slot == LineShard.NONE) {
      return;
    }
    int length = bytes.remaining();
    boolean stored = false;
    try {
      stored = store.write(slot, offsetBytes, bytes);
    } catch (IOException e) {
      switchOff(e);
    } finally {
      if (!stored) {
        shard.release(slot);
      }
    }
    if (stored) {
      shard.extended(slot, key, offsetBytes, offsetBytes + length);
      insertedBytes.add(length);
    }
  }

  /**
   * Forgets a line, unless it has these bytes.
   *
   * @param scratch for what it has, as long as {@code bytes}
   */
  void removeUnlike(
      long key, long generation, int offsetBytes, ByteBuffer bytes, ByteBuffer scratch) {
    LineShard shard = shard(key);
    int slot = isOff ? LineShard.NONE : shard.use(key, generation, offsetBytes + bytes.remaining());
    boolean isAlike = false;
    if (slot != LineShard.NONE) {
      try {
        isAlike = store.read(slot, offsetBytes, scratch) && scratch.flip().mismatch(bytes) < 0;
      } catch (IOException e) {
        switchOff(e);
      } finally {
        shard.release(slot);
      }
    }
    if (!isAlike) {
      shard.remove(key);
    }
  }

  /** Forgets a line. */
  void remove(long key) {
    shard(key).remove(key);
  }

  @Override
  public void close() throws IOException {
    isOff = true;
    store.close();
  }

  private synchronized void switchOff(IOException e) {
    if (!isOff) {
      isOff = true;
      LOG.warn(
          "{}: it fails ({}) and is switched off, everything is read from the drive itself",
          store.description(),
          e.getMessage());
    }
  }

  private LineShard shard(long key) {
    return shards[Math.floorMod(hash(key) >>> Short.SIZE, shards.length)];
  }
}
