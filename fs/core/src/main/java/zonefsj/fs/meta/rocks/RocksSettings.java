// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import java.util.ArrayDeque;
import java.util.Deque;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.BuiltinComparator;
import org.rocksdb.Cache;
import org.rocksdb.ChecksumType;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.DataBlockIndexType;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/**
 * The settings of RocksDB and their native objects; close it after the database.
 *
 * <p><b>On the drive.</b> A checkpoint's SST files and MANIFEST are stored on the drive, so these
 * settings are part of FORMAT.md and never left to a default: block-based tables of format version
 * {@value #TABLE_FORMAT_VERSION}, checksum XXH3 for each block, LZ4 at all levels, blocks of
 * {@value #BLOCK_BYTES} bytes, binary-search index, a full bloom filter of {@value
 * #BLOOM_BITS_PER_KEY} bits for each key, the bytewise comparator, no prefix extractor, no merge
 * operator. RocksDB 8.6 or newer reads them. A change requires a new name of the checkpoint format,
 * unless older versions can read it too.
 *
 * <p><b>Memory.</b> RocksDB's write buffers count in the block cache: cacheBytes for blocks,
 * {@value #WRITE_BUFFER_BYTES} for write buffers, which may be exceeded for a moment during a
 * flush. Index and filter of an open table lie beside it: about 1 MiB for a table of 16 MiB, which
 * holds those of 160,000 small files, so 6 bytes for each file, and 256 MiB for the {@value
 * #OPEN_FILES} tables that may be open. In the cache they would evict each other, and everything
 * else, as soon as they take more than it: with ten million files a look-up then read two filters,
 * and took six times as long ({@code tests/prove scale}).
 */
final class RocksSettings implements AutoCloseable {
  static final int TABLE_FORMAT_VERSION = 6;
  static final int BLOCK_BYTES = 8 << 10;
  static final int BLOOM_BITS_PER_KEY = 10;
  static final int WRITE_BUFFER_BYTES = 16 << 20;
  static final int OPEN_FILES = 256;
  static final int ARENA_BLOCK_BYTES = 64 << 10;

  /**
   * Shards of the block cache must hold several of the pieces of 256 KiB by which write buffers
   * count in it, and those of the table cache several tables. By default, RocksDB makes 64 of each.
   */
  private static final int SHARD_BITS = 2;

  /**
   * Small, because each checkpoint stores the whole MANIFEST. RocksDB starts a new one when it is
   * longer. The new MANIFEST of an index of a GiB is longer from the start, which is little beside
   * the files that change it.
   */
  static final long MANIFEST_BYTES = 16 << 10;

  /**
   * Small enough that a checkpoint after few changes stores little, large enough to keep the number
   * of files low.
   */
  private static final long SST_BYTES = 16 << 20;

  private static final long LEVEL_BASE_BYTES = 64 << 20;
  private static final long LOG_BYTES = 1 << 20;

  /**
   * RocksDB's defaults for a stop of all writes. It slows writes down only from there on, that is
   * never: with {@code no_slowdown} it refuses a slow write, and each refusal makes the next one
   * wait longer (WriteController::GetDelay), so that repeating would not end. {@link WriteStall}
   * handles a stop.
   */
  private static final int LEVEL0_STOP_FILES = 36;

  private static final long PENDING_STOP_BYTES = 256L << 30;

  /**
   * Every batch with a range deletion makes reads slower until RocksDB's write buffer is flushed.
   */
  private static final int RANGE_DELETIONS_PER_BUFFER = 4096;

  private final Deque<AutoCloseable> natives = new ArrayDeque<>();
  private final Cache cache;
  private final DBOptions database;
  private final ColumnFamilyOptions family;
  private final WriteOptions write;
  private final ReadOptions read;

  /**
   * @param cacheBytes size of the cache for blocks
   */
  RocksSettings(long cacheBytes) {
    cache = keep(new LRUCache(cacheBytes + WRITE_BUFFER_BYTES, SHARD_BITS));
    family = keep(new ColumnFamilyOptions());
    family
        .setComparator(BuiltinComparator.BYTEWISE_COMPARATOR)
        .setTableFormatConfig(table(cache, keep(new BloomFilter(BLOOM_BITS_PER_KEY))))
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setBottommostCompressionType(CompressionType.LZ4_COMPRESSION)
        .setCompactionStyle(CompactionStyle.LEVEL)
        .setLevelCompactionDynamicLevelBytes(true)
        .setTargetFileSizeBase(SST_BYTES)
        .setMaxBytesForLevelBase(LEVEL_BASE_BYTES)
        .setWriteBufferSize(WRITE_BUFFER_BYTES / 2)
        // Each column family takes at least one block, and many contain little.
        .setArenaBlockSize(ARENA_BLOCK_BYTES)
        .setMaxWriteBufferNumber(2)
        .setLevel0SlowdownWritesTrigger(LEVEL0_STOP_FILES)
        .setLevel0StopWritesTrigger(LEVEL0_STOP_FILES)
        .setSoftPendingCompactionBytesLimit(PENDING_STOP_BYTES)
        .setHardPendingCompactionBytesLimit(PENDING_STOP_BYTES)
        .setMemtableMaxRangeDeletions(RANGE_DELETIONS_PER_BUFFER)
        // Rewriting old files would only enlarge the next checkpoint.
        .setTtl(0)
        .setPeriodicCompactionSeconds(0)
        .setForceConsistencyChecks(true);
    database = keep(new DBOptions());
    database
        .setAtomicFlush(true)
        // A close must not wait for, or fail on, a full or slow disk; callers flush explicitly.
        .setAvoidFlushDuringShutdown(true)
        .setParanoidChecks(true)
        .setWriteBufferManager(keep(new WriteBufferManager(WRITE_BUFFER_BYTES, cache)))
        .setMaxOpenFiles(OPEN_FILES)
        .setTableCacheNumshardbits(SHARD_BITS)
        .setMaxFileOpeningThreads(2)
        .setMaxBackgroundJobs(2)
        .setBytesPerSync(1 << 20)
        .setMaxManifestFileSize(MANIFEST_BYTES)
        .setManifestPreallocationSize(64 << 10)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(LOG_BYTES)
        .setKeepLogFileNum(2)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
    write = keep(new WriteOptions()).setDisableWAL(true).setNoSlowdown(true);
    read = keep(new ReadOptions()).setVerifyChecksums(true);
  }

  private static BlockBasedTableConfig table(Cache cache, BloomFilter bloom) {
    return new BlockBasedTableConfig()
        .setFormatVersion(TABLE_FORMAT_VERSION)
        .setChecksumType(ChecksumType.kXXH3)
        .setBlockSize(BLOCK_BYTES)
        .setIndexType(IndexType.kBinarySearch)
        .setDataBlockIndexType(DataBlockIndexType.kDataBlockBinarySearch)
        .setFilterPolicy(bloom)
        .setWholeKeyFiltering(true)
        .setPartitionFilters(false)
        .setBlockCache(cache)
        .setCacheIndexAndFilterBlocks(false);
  }

  Cache cache() {
    return cache;
  }

  DBOptions database() {
    return database;
  }

  ColumnFamilyOptions family() {
    return family;
  }

  WriteOptions write() {
    return write;
  }

  /** For point reads; all threads share it, so it never changes. */
  ReadOptions read() {
    return read;
  }

  /** For reading a single SST file; the caller closes it. */
  Options options() {
    return new Options(database, family);
  }

  private <T extends AutoCloseable> T keep(T nativeObject) {
    natives.push(nativeObject);
    return nativeObject;
  }

  @Override
  public void close() {
    // Newest first: an options object refers to the cache and the filter, which are older.
    natives.forEach(RocksSettings::close);
    natives.clear();
  }

  private static void close(AutoCloseable nativeObject) {
    try {
      nativeObject.close();
    } catch (Exception e) {
      throw new IllegalStateException("RocksDB's own objects close without exceptions", e);
    }
  }
}
