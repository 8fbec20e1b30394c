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
 * Keeps what {@code get} has found, or not found, in memory; scans go to the store below.
 *
 * <p>Once {@link #apply} has returned, no reader is served what was there before it:
 *
 * <ul>
 *   <li>a key is loaded inside the cache's own lock for it, and {@code apply} writes below first
 *       and removes the key afterwards, so it waits for a load that may have seen the old value,
 *       and removes what that has brought;
 *   <li>a deleted range would have to find keys whose load is still under way, which no listing of
 *       the cache shows. So each entry carries the generation of its family that was read before
 *       the load, and a range raises the generation: older entries are loaded again.
 * </ul>
 *
 * While {@code apply} runs, a reader may get the new value of one key and then the old one of
 * another. The filesystem does not see that: it looks through the batch that is being applied.
 *
 * <p>Threading: as the store below. Closes it with itself.
 */
public final class CachingMetadataStore implements MetadataStore {
  /** What Caffeine, the key object, the value object and two array headers take, about. */
  private static final int ENTRY_OVERHEAD_BYTES = 176;

  private final MetadataStore below;
  private final Cache<Key, Cached> cache;

  /** By number of the family. */
  private final AtomicLongArray generations = new AtomicLongArray(ColumnFamily.values().length);

  /**
   * Begins empty.
   *
   * @param below the store with everything; owned from now on
   * @param maximumBytes bytes of keys, values and their overhead to keep, about
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
    // First the generation, then the value: if a range is deleted between, the entry is too old.
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
      // Also when it failed: nobody knows then what is below.
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

  /** The cache and the store below. */
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

  /** How often {@code get} was called and answered from memory, since the beginning. */
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
   * How well a cache does.
   *
   * @param hits answers from memory
   * @param misses questions to the store below
   * @param entries what is held now, about
   */
  public record CacheStatistics(long hits, long misses, long entries) {
    /** The part answered from memory, 0 to 1; 1 before the first question. */
    public double hitRate() {
      return hits + misses == 0 ? 1 : (double) hits / (hits + misses);
    }
  }

  /** What a batch changes. */
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
      // The caller may use its array again.
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
