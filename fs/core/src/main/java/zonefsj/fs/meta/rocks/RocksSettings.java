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
 * How RocksDB is set, and the native objects of it; closed after the database.
 *
 * <p><b>On the drive.</b> A checkpoint's SST files and MANIFEST are stored on the drive, so these
 * are part of FORMAT.md and never left to a default: block-based tables of format version {@value
 * #TABLE_FORMAT_VERSION}, checksum XXH3 for each block, LZ4 at all levels, blocks of {@value
 * #BLOCK_BYTES} bytes, binary-search index, a full bloom filter of {@value #BLOOM_BITS_PER_KEY}
 * bits a key, the bytewise comparator, no prefix extractor, no merge operator. RocksDB 8.6 or newer
 * reads them. A change needs a new name of the checkpoint format, unless older versions read it
 * too.
 *
 * <p><b>Memory.</b> Index and filter blocks live in the block cache, and the write buffers are
 * counted in it: cacheBytes for blocks, {@value #WRITE_BUFFER_BYTES} for write buffers, which may
 * be passed for a moment while a flush runs. Open files add a few KiB each, {@value #OPEN_FILES} at
 * most.
 */
final class RocksSettings implements AutoCloseable {
  static final int TABLE_FORMAT_VERSION = 6;
  static final int BLOCK_BYTES = 8 << 10;
  static final int BLOOM_BITS_PER_KEY = 10;
  static final int WRITE_BUFFER_BYTES = 16 << 20;
  static final int OPEN_FILES = 256;
  static final int ARENA_BLOCK_BYTES = 64 << 10;

  /**
   * A shard must hold the filter of a full SST file, 1 MiB of them, several times: left to itself,
   * RocksDB cuts a cache like ours into shards of 768 KiB, keeps no such filter, and reads it anew
   * for each key that is looked for.
   */
  static final int CACHE_SHARD_BITS = 2;

  /** The part of the cache in which blocks of data do not drive out filters and indexes. */
  private static final double INDEX_SHARE = 0.5;

  /**
   * Small, for the MANIFEST is stored anew with each checkpoint. It is begun anew when it is
   * longer; that of an index of a GiB begins with more, which costs little beside the files that
   * change it.
   */
  static final long MANIFEST_BYTES = 16 << 10;

  /** Small enough that a checkpoint after little change stores little, large enough to be few. */
  private static final long SST_BYTES = 16 << 20;

  private static final long LEVEL_BASE_BYTES = 64 << 20;
  private static final long LOG_BYTES = 1 << 20;

  /** Every batch with a range deletion makes reads slower until the write buffer is flushed. */
  private static final int RANGE_DELETIONS_PER_BUFFER = 4096;

  private final Deque<AutoCloseable> natives = new ArrayDeque<>();
  private final Cache cache;
  private final DBOptions database;
  private final ColumnFamilyOptions family;
  private final WriteOptions write;
  private final ReadOptions read;

  /**
   * @param cacheBytes bytes of blocks to keep in memory
   */
  RocksSettings(long cacheBytes) {
    cache =
        keep(new LRUCache(cacheBytes + WRITE_BUFFER_BYTES, CACHE_SHARD_BITS, false, INDEX_SHARE));
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
        // Each family takes one block at least, and there are many families with little in them.
        .setArenaBlockSize(ARENA_BLOCK_BYTES)
        .setMaxWriteBufferNumber(2)
        .setMemtableMaxRangeDeletions(RANGE_DELETIONS_PER_BUFFER)
        // Rewriting old files would only make the next checkpoint larger.
        .setTtl(0)
        .setPeriodicCompactionSeconds(0)
        .setForceConsistencyChecks(true);
    database = keep(new DBOptions());
    database
        .setAtomicFlush(true)
        // Closing must not wait for, nor fail on, a full or slow disk: who wants it flushed says
        // so.
        .setAvoidFlushDuringShutdown(true)
        .setParanoidChecks(true)
        .setWriteBufferManager(keep(new WriteBufferManager(WRITE_BUFFER_BYTES, cache)))
        .setMaxOpenFiles(OPEN_FILES)
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
    write = keep(new WriteOptions()).setDisableWAL(true);
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
        .setCacheIndexAndFilterBlocks(true)
        .setCacheIndexAndFilterBlocksWithHighPriority(true);
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

  /** For point reads; shared by all threads, so never changed. */
  ReadOptions read() {
    return read;
  }

  /** For reading one SST file by itself; the caller closes it. */
  Options options() {
    return new Options(database, family);
  }

  private <T extends AutoCloseable> T keep(T nativeObject) {
    natives.push(nativeObject);
    return nativeObject;
  }

  @Override
  public void close() {
    // The newest first: an option object refers to the cache and the filter that were made before.
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
