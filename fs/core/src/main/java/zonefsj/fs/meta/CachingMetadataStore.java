// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Caches results of {@code get} in memory, including missing keys; scans go to the store below.
 *
 * <p>After {@link #apply} has returned, no reader gets an older value:
 *
 * <ul>
 *   <li>a key is loaded inside the cache's own lock for it. {@code apply} first writes to the store
 *       below and then removes the key, so it waits for a load that may have read the old value,
 *       and removes its result;
 *   <li>a deleted range may contain keys whose load is in progress, which no listing of the cache
 *       shows. Each entry therefore carries the generation of its column family, read before the
 *       load, and a range deletion increments the generation: older entries are loaded again.
 * </ul>
 *
 * While {@code apply} runs, a reader may get the new value of one key and then the old value of
 * another. The filesystem never sees this, because it reads the batch that is being applied first.
 *
 * <p>Threading: as the store below. Closing it closes the store below.
 */
public final class CachingMetadataStore implements MetadataStore {
  /**
   * Approximate memory of Caffeine's entry, the key object, the value object and two array headers.
   */
  private static final int ENTRY_OVERHEAD_BYTES = 176;

  private final MetadataStore below;
  private final Cache<Key, Cached> cache;

  /** By number of the column family. */
  private final AtomicLongArray generations = new AtomicLongArray(ColumnFamily.values().length);

  /**
   * Creates an empty cache.
   *
   * @param below the store with all data; owned from now on
   * @param maximumBytes approximate limit of the bytes of keys, values and their overhead
   */
  public CachingMetadataStore(MetadataStore below, long maximumBytes) {
    this.below = below;
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(maximumBytes)
            .weigher(CachingMetadataStore::weigh)
            .executor(Runnable::run)
            .recordStats()
            .build();
  }

  @Override
  public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
    Key cacheKey = new Key(family, key);
    try {
      Cached cached = cache.get(cacheKey, this::load);
      if (cached.generation != generations.get(family.number())) {
        cached = cache.asMap().compute(cacheKey, (k, old) -> isFresh(k, old) ? old : load(k));
      }
      return cached.value;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private boolean isFresh(Key key, @Nullable Cached cached) {
    return cached != null && cached.generation == generations.get(key.family.number());
  }

  private Cached load(Key key) {
    // Read the generation before the value: if a range is deleted in between, the entry is
    // outdated.
    long generation = generations.get(key.family.number());
    try {
      return new Cached(generation, below.get(key.family, key.bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
      throws IOException {
    below.scan(family, from, to, visitor);
  }

  @Override
  public Optional<AppliedPosition> mark() throws IOException {
    return below.mark();
  }

  @Override
  public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
    Changes changes = new Changes();
    batch.forEach(changes);
    try {
      below.apply(batch, mark);
    } finally {
      // Invalidate after a failure, too: the content of the store below is then unknown.
      changes.ranges.forEach(family -> generations.incrementAndGet(family.number()));
      changes.keys.forEach(cache.asMap()::remove);
    }
  }

  @Override
  public void flush() throws IOException {
    below.flush();
  }

  @Override
  public CheckpointContent checkpoint() throws IOException {
    return below.checkpoint();
  }

  @Override
  public void noteStored(CheckpointContent stored) throws IOException {
    below.noteStored(stored);
  }

  @Override
  public long imageBytes() {
    return below.imageBytes();
  }

  @Override
  public long compactImageBytes() {
    return below.compactImageBytes();
  }

  @Override
  public void compact() throws IOException {
    below.compact();
  }

  /** Memory of the cache and of the store below. */
  @Override
  public long memoryBytes() {
    return below.memoryBytes()
        + cache
            .policy()
            .eviction()
            .map(Policy.Eviction::weightedSize)
            .map(size -> size.orElse(0))
            .orElse(0L);
  }

  /** Counts of {@code get} calls and of answers from memory, since creation. */
  public CacheStatistics statistics() {
    CacheStats stats = cache.stats();
    return new CacheStatistics(stats.hitCount(), stats.missCount(), cache.estimatedSize());
  }

  /** Closes the store below. */
  @Override
  public void close() throws IOException {
    try {
      below.close();
    } finally {
      cache.invalidateAll();
    }
  }

  private static int weigh(Key key, Cached cached) {
    byte[] value = cached.value;
    return ENTRY_OVERHEAD_BYTES + key.bytes.length + (value == null ? 0 : value.length);
  }

  /**
   * Statistics of the cache.
   *
   * @param hits answers from memory
   * @param misses reads of the store below
   * @param entries approximate number of cached entries
   */
  public record CacheStatistics(long hits, long misses, long entries) {
    /** Share of answers from memory, 0 to 1; 1 before the first call. */
    public double hitRate() {
      return hits + misses == 0 ? 1 : (double) hits / (hits + misses);
    }
  }

  /** The keys and ranges that a batch changes. */
  private static final class Changes implements MetadataBatch.Sink {
    final List<Key> keys = new ArrayList<>();
    final List<ColumnFamily> ranges = new ArrayList<>();

    @Override
    public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) {
      keys.add(new Key(family, key));
    }

    @Override
    public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
      ranges.add(family);
    }
  }

  private static final class Cached {
    final long generation;
    final byte @Nullable [] value;

    Cached(long generation, byte @Nullable [] value) {
      this.generation = generation;
      this.value = value;
    }
  }

  private static final class Key {
    final ColumnFamily family;
    final byte[] bytes;
    private final int hash;

    Key(ColumnFamily family, byte[] bytes) {
      this.family = family;
      // The caller may reuse its array.
      this.bytes = bytes.clone();
      this.hash = 31 * Arrays.hashCode(bytes) + family.number();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key
          && key.hash == hash
          && key.family == family
          && Arrays.equals(key.bytes, bytes);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
