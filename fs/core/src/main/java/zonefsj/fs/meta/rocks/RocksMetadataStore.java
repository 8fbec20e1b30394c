// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;

/**
 * An index in RocksDB. A scan sees one consistent state.
 *
 * <p>{@link #close()} does not flush: it discards what was applied since the last {@link #flush()},
 * {@link #checkpoint()} or background flush, as the end of the process does. Every method but
 * {@code close} throws IOException afterwards.
 *
 * <p>When the host's disk is full, {@link #apply} fails with a HostException once RocksDB's write
 * buffers are full, or too many tables wait for a compaction. The batch is then not applied, reads
 * continue, the store can be closed, and it may recover by itself when the disk has space again.
 *
 * <p>If a read finds damage, this call fails, and the index is marked so that {@link
 * RocksMetadataStores#openExisting()} sets it aside.
 *
 * <p>Threading: thread-safe. {@link #apply} waits only for a disk that is slower than the changes
 * come, for the time that {@link WriteStall} bounds. A visitor of {@link #scan} must not close the
 * store.
 */
public final class RocksMetadataStore implements MetadataStore {
  /** Longer values cost a second call. */
  private static final int USUAL_VALUE_BYTES = 1280;

  /** A key or a value, until it is copied to an array of its length. 1.3 KB for each thread. */
  private static final ThreadLocal<byte[]> USUAL_VALUE =
      ThreadLocal.withInitial(() -> new byte[USUAL_VALUE_BYTES]);

  /**
   * A table may claim any length for a value that repeats itself; our longest value has 131 KiB.
   */
  private static final int MAX_VALUE_BYTES = 4 << 20;

  /** Part of the write buffers that is left in a compact image. */
  private static final int BUFFER_SHARE = 8;

  /** Short beside the flush of a full write buffer. */
  private static final long FLUSH_PAUSE_MILLIS = 1;

  private static final long ASK_AGAIN_BYTES = 64 << 10;

  private static final List<ColumnFamily> QUEUES =
      List.of(ColumnFamily.ORPHANS, ColumnFamily.STAGED);

  private final IndexDirectory directory;
  private final OpenIndex index;
  private final DirectoryLock directoryLock;
  private final CheckpointMaker checkpoints;
  private final WriteStall stall;

  /** Held for reading by users of native objects, for writing to close them. */
  private final ReentrantReadWriteLock lifecycle = new ReentrantReadWriteLock();

  /** One writer at a time: the applied position follows the order of the batches. */
  private final Object writer = new Object();

  private final AtomicReference<@Nullable AppliedPosition> mark;

  /** Bytes of all batches since the opening. */
  private final AtomicLong appliedBytes = new AtomicLong();

  /** The last one that RocksDB was asked for; null: ask it. */
  private final AtomicReference<@Nullable CompactLength> compactLength = new AtomicReference<>();

  /** Guarded by {@link #lifecycle}. */
  private boolean closed;

  /** Takes ownership of the index and the lock. */
  RocksMetadataStore(
      IndexDirectory directory,
      OpenIndex index,
      DirectoryLock directoryLock,
      @Nullable AppliedPosition mark) {
    this(directory, index, directoryLock, mark, Thread::sleep);
  }

  /**
   * As the other constructor.
   *
   * @param pause waits during a stall
   */
  RocksMetadataStore(
      IndexDirectory directory,
      OpenIndex index,
      DirectoryLock directoryLock,
      @Nullable AppliedPosition mark,
      WriteStall.Pause pause) {
    this.directory = directory;
    this.index = index;
    this.directoryLock = directoryLock;
    this.mark = new AtomicReference<>(mark);
    this.checkpoints = new CheckpointMaker(directory, index);
    this.stall = new WriteStall(directory, index::failedJobs, pause);
  }

  @Override
  public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
    Lock use = use();
    try {
      ColumnFamilyHandle handle = index.family(family);
      byte[] buffer = USUAL_VALUE.get();
      int length = index.db().get(handle, index.settings().read(), key, buffer);
      if (length == RocksDB.NOT_FOUND) {
        return null;
      }
      checkLength(length);
      if (length <= buffer.length) {
        return Arrays.copyOf(buffer, length);
      }
      return index.db().get(handle, index.settings().read(), key);
    } catch (RocksDBException e) {
      throw RocksErrors.failed(directory, "read", e);
    } finally {
      use.unlock();
    }
  }

  @Override
  public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
      throws IOException {
    Lock use = use();
    try (Slice end = new Slice(to == null ? new byte[0] : to);
        ReadOptions options = new ReadOptions().setVerifyChecksums(true)) {
      if (to != null) {
        options.setIterateUpperBound(end);
      }
      try (RocksIterator iterator = index.db().newIterator(index.family(family), options)) {
        iterator.seek(from);
        OrderedPairs pairs = new OrderedPairs(iterator, from, to);
        while (iterator.isValid() && visitor.visit(pairs.key(), pairs.value())) {
          iterator.next();
        }
        // An invalid iterator is at the end or has an error.
        iterator.status();
      }
    } catch (RocksDBException e) {
      throw RocksErrors.failed(directory, "read", e);
    } finally {
      use.unlock();
    }
  }

  private void checkLength(int length) throws IOException {
    if (Integer.compareUnsigned(length, MAX_VALUE_BYTES) > 0) {
      throw damaged("a key or value of " + Integer.toUnsignedString(length) + " bytes");
    }
  }

  /** Records damage that RocksDB does not detect because the checksums are correct. */
  private IOException damaged(String what) {
    directory.noteDamage(what);
    return new IOException(directory + " is damaged: it has " + what);
  }

  /**
   * Checks the pairs of an iterator without trusting the table: only ascending keys within the
   * range guarantee that a scan ends.
   */
  private final class OrderedPairs {
    private final RocksIterator iterator;
    private final byte[] from;
    private final byte @Nullable [] to;
    private final byte[] usual = USUAL_VALUE.get();
    private final ByteBuffer buffer = ByteBuffer.wrap(usual);
    private byte @Nullable [] before;

    OrderedPairs(RocksIterator iterator, byte[] from, byte @Nullable [] to) {
      this.iterator = iterator;
      this.from = from;
      this.to = to;
    }

    byte[] key() throws IOException {
      int length = lengthOf(iterator::key);
      checkLength(length);
      byte[] key = length <= USUAL_VALUE_BYTES ? bytes(length) : iterator.key();
      byte[] last = before;
      boolean inOrder =
          last == null
              ? Arrays.compareUnsigned(key, from) >= 0
              : Arrays.compareUnsigned(key, last) > 0;
      if (!inOrder || (to != null && Arrays.compareUnsigned(key, to) >= 0)) {
        throw damaged("keys that are not in order");
      }
      before = key;
      return key;
    }

    byte[] value() throws IOException {
      int length = lengthOf(iterator::value);
      checkLength(length);
      return length <= USUAL_VALUE_BYTES ? bytes(length) : iterator.value();
    }

    /** Fills the buffer as far as possible; the binding throws for a length above 2 GiB. */
    private int lengthOf(ToIntFunction<ByteBuffer> copy) throws IOException {
      try {
        return copy.applyAsInt(buffer.clear());
      } catch (IllegalArgumentException negative) {
        throw damaged("a key or value of more than 2 GiB");
      }
    }

    private byte[] bytes(int length) {
      return Arrays.copyOf(usual, length);
    }
  }

  @Override
  public Optional<AppliedPosition> mark() throws IOException {
    Lock use = use();
    try {
      return Optional.ofNullable(mark.get());
    } finally {
      use.unlock();
    }
  }

  @Override
  public void apply(MetadataBatch batch, AppliedPosition newMark) throws IOException {
    Lock use = use();
    try (WriteBatch changes = new WriteBatch()) {
      batch.forEach(new BatchWriter(directory, index, changes));
      changes.put(
          index.markFamily(), AppliedPositionCodec.key(), AppliedPositionCodec.encode(newMark));
      synchronized (writer) {
        stall.run(() -> index.db().write(index.settings().write(), changes));
        mark.set(newMark);
      }
      appliedBytes.addAndGet(changes.getDataSize());
    } catch (RocksDBException e) {
      throw RocksErrors.failed(directory, "apply changes", e);
    } finally {
      use.unlock();
    }
  }

  @Override
  public void flush() throws IOException {
    Lock use = use();
    try {
      flushAll();
    } finally {
      use.unlock();
    }
  }

  /**
   * Flushes, and waits until everything that was applied before the call is in tables.
   *
   * <p>RocksDB's own wait can end early (10.2 to 11, DBImpl::AtomicFlushMemTables): it pairs the
   * column families of the call, by their position, with numbers of write buffers that it takes
   * from an unordered map. While an older flush is at work, a buffer may so be compared with the
   * number of another family, and pass for flushed. All buffers of a flush become tables at once,
   * and each batch changes the family of the mark, so none is left when this family has none.
   */
  private void flushAll() throws IOException {
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true)) {
      do {
        index.db().flush(options, index.allFamilies());
      } while (isFlushing());
    } catch (RocksDBException e) {
      throw RocksErrors.failed(directory, "flush", e);
    }
  }

  private boolean isFlushing() throws HostException, RocksDBException {
    if (index.unflushedBuffers() == 0) {
      return false;
    }
    try {
      Thread.sleep(FLUSH_PAUSE_MILLIS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new HostException(directory + ": interrupted while it is flushed", interrupted);
    }
    return true;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Batches are applied meanwhile: an image shows the moment of some flush, which writes all
   * column families atomically, and its applied position identifies this moment. Every SST file
   * that is new since the last checkpoint is read, to verify its blocks and compute its hash; see
   * {@code CheckpointMaker}. Close the content soon: its hard links keep old files alive.
   */
  @Override
  public CheckpointContent checkpoint() throws IOException {
    Lock use = use();
    try {
      AppliedPosition at = mark.get();
      if (at == null) {
        throw new IOException(directory + ": nothing was applied yet, nothing to checkpoint");
      }
      flushAll();
      return checkpoints.prove(checkpoints.link(), at);
    } finally {
      use.unlock();
    }
  }

  @Override
  public void noteStored(CheckpointContent stored) throws IOException {
    Lock use = use();
    try {
      checkpoints.noteStored(stored);
    } finally {
      use.unlock();
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>The sum of the SST files, the MANIFEST, and half of RocksDB's write buffers, because a flush
   * compresses them.
   */
  @Override
  public long imageBytes() {
    return length("rocksdb.live-sst-files-size", 2);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The sum of the SST data that no newer file overlaps, the MANIFEST, and an eighth of
   * RocksDB's write buffers, because most of their entries replace others. RocksDB takes a lock of
   * its own for that sum, so it is asked again only after {@value #ASK_AGAIN_BYTES} bytes of
   * changes, or a compaction by command.
   */
  @Override
  public long compactImageBytes() {
    long applied = appliedBytes.get();
    CompactLength last = compactLength.get();
    if (last == null || applied - last.atAppliedBytes >= ASK_AGAIN_BYTES) {
      last = askForCompactLength(last, applied);
    }
    return last.bytes + (applied - last.atAppliedBytes) / BUFFER_SHARE;
  }

  private CompactLength askForCompactLength(@Nullable CompactLength last, long applied) {
    CompactLength asked =
        new CompactLength(length("rocksdb.estimate-live-data-size", BUFFER_SHARE), applied);
    // Not over the answer to a question that came after a compaction.
    compactLength.compareAndSet(last, asked);
    return asked;
  }

  /**
   * Length of a compact image.
   *
   * @param atAppliedBytes {@link #appliedBytes} then
   */
  private record CompactLength(long bytes, long atAppliedBytes) {}

  private long length(String files, int bufferShare) {
    Lock read = lifecycle.readLock();
    read.lock();
    try {
      if (closed) {
        return 0;
      }
      long buffers = index.db().getAggregatedLongProperty("rocksdb.cur-size-all-mem-tables");
      // Each column family has a block of memory that may be empty.
      long empty = (long) index.allFamilies().size() * RocksSettings.ARENA_BLOCK_BYTES;
      return index.db().getAggregatedLongProperty(files)
          + RocksSettings.MANIFEST_BYTES
          + Math.max(0, buffers - empty) / bufferShare;
    } catch (RocksDBException e) {
      throw new IllegalStateException("RocksDB does not know the length of its files", e);
    } finally {
      read.unlock();
    }
  }

  @Override
  public void compact() throws IOException {
    Lock use = use();
    // A compaction flushes what was applied meanwhile. Without a stall of writes, it would first
    // wait until the flush causes none, which may be never while compactions fail.
    try (CompactRangeOptions usual = new CompactRangeOptions().setAllowWriteStall(true);
        CompactRangeOptions whole =
            new CompactRangeOptions()
                .setAllowWriteStall(true)
                .setBottommostLevelCompaction(BottommostLevelCompaction.kForceOptimized)) {
      flushAll();
      for (ColumnFamilyHandle family : index.allFamilies()) {
        index.db().compactRange(family, null, null, usual);
      }
      // All entries of these families are deleted soon. Files that contain only deletions move down
      // unchanged, and would keep the entries that they hide for ever.
      for (ColumnFamily queue : QUEUES) {
        index.db().compactRange(index.family(queue), null, null, whole);
      }
      // Whoever asked before does not overwrite it.
      compactLength.set(askForCompactLength(null, appliedBytes.get()));
    } catch (RocksDBException e) {
      throw RocksErrors.failed(directory, "compact", e);
    } finally {
      use.unlock();
    }
  }

  /** Memory of cached blocks, of RocksDB's write buffers in the cache, and of open files. */
  @Override
  public long memoryBytes() {
    Lock read = lifecycle.readLock();
    read.lock();
    try {
      return closed
          ? 0
          : index.settings().cache().getUsage()
              + index.db().getAggregatedLongProperty("rocksdb.estimate-table-readers-mem");
    } catch (RocksDBException e) {
      // This number is only for status; the cache is nearly all of it.
      return index.settings().cache().getUsage();
    } finally {
      read.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    Lock all = lifecycle.writeLock();
    all.lock();
    try {
      if (!closed) {
        closed = true;
        closeIndex();
      }
    } finally {
      all.unlock();
    }
  }

  private void closeIndex() throws IOException {
    try {
      index.close();
    } catch (RocksDBException e) {
      throw RocksErrors.failed(directory, "close", e);
    } finally {
      HostException.doAt(directory, directoryLock::close);
    }
  }

  /** Prevents the close of the native objects; the caller unlocks. */
  private Lock use() throws IOException {
    Lock read = lifecycle.readLock();
    read.lock();
    if (closed) {
      read.unlock();
      throw new IOException(directory + " is closed");
    }
    return read;
  }
}
