// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.meta.ColumnFamily;

/**
 * The changes that one commit makes durable: keys that are set or deleted, and the new content of
 * files. It becomes one journal record. Many threads fill it at the same time. A sealed batch does
 * not change its meaning, though file content in it moves from memory to the drive.
 *
 * <p>Takes about 150 bytes of memory for each key.
 */
public final class Batch {
  /** Memory that a key takes in addition to its bytes. */
  private static final int KEY_BYTES = 120;

  /** Memory that a file with new content takes in addition to its intervals. */
  private static final int FILE_BYTES = 160;

  /** What an extent of a deleted file weighs: 64 MiB of memory for 1,000,000, about a second. */
  private static final int DROPPED_EXTENT_BYTES = 16;

  /** Marks a deleted key; compared by identity. */
  static final byte[] DELETED = new byte[0];

  private final long number;
  private final Map<ColumnFamily, ConcurrentNavigableMap<byte[], byte[]>> changes =
      new EnumMap<>(ColumnFamily.class);
  private final ConcurrentHashMap<Long, FileDelta> files = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Integer, AtomicLong> placedBytes = new ConcurrentHashMap<>();
  private final Set<Long> attributesDropped = ConcurrentHashMap.newKeySet();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicLong metadataBytes = new AtomicLong();
  private final AtomicLong reservedBytes = new AtomicLong();
  private volatile boolean touched;

  /** Valid once it is touched. */
  private volatile long touchedNanos;

  private volatile boolean changesFiles;
  private volatile boolean dropsContent;

  Batch(long number) {
    this.number = number;
    for (ColumnFamily family : ColumnFamily.values()) {
      changes.put(family, new ConcurrentSkipListMap<>(Arrays::compareUnsigned));
    }
  }

  /** Number of the batch; batches are numbered in order. */
  public long number() {
    return number;
  }

  /** Sets a key. */
  public void put(ColumnFamily family, byte[] key, byte[] value) {
    touch();
    if (family != ColumnFamily.META) {
      changesFiles = true;
    }
    // An empty value must differ from a deleted key.
    change(family, key, value.length == 0 ? EntryRecord.GAP : value);
  }

  /** Sets the record of an inode of which only the access time is new. */
  public void putAccessTime(byte[] key, byte[] value) {
    touch();
    change(ColumnFamily.INODES, key, value);
  }

  /**
   * Counts the change instead of the one that it replaces: a file that is written repeatedly has
   * one inode record.
   */
  private void change(ColumnFamily family, byte[] key, byte[] value) {
    byte[] before = of(family).put(key, value);
    long replaced = before == null ? 0 : KEY_BYTES + key.length + before.length;
    metadataBytes.addAndGet(KEY_BYTES + key.length + value.length - replaced);
  }

  /** Deletes a key. */
  public void delete(ColumnFamily family, byte[] key) {
    touch();
    changesFiles = true;
    change(family, key, DELETED);
  }

  /** The changes of a column family. A value that {@link #isDeleted} is a deleted key. */
  public ConcurrentNavigableMap<byte[], byte[]> of(ColumnFamily family) {
    ConcurrentNavigableMap<byte[], byte[]> map = changes.get(family);
    if (map == null) {
      throw new IllegalStateException("no map for " + family);
    }
    return map;
  }

  /** Whether a value marks a deleted key. */
  @SuppressWarnings("ReferenceEquality")
  public static boolean isDeleted(byte[] value) {
    return value == DELETED;
  }

  /**
   * Deletes all extended attributes of a deleted inode as one range at the commit, because there
   * may be any number. The range does not include attributes that this batch has put; delete them
   * one by one.
   */
  public void dropAttributes(long inode) {
    touch();
    changesFiles = true;
    if (attributesDropped.add(inode)) {
      metadataBytes.addAndGet(KEY_BYTES);
    }
  }

  /** Inodes whose attributes are deleted as one range. */
  public Set<Long> attributesDropped() {
    return attributesDropped;
  }

  /** The new content of a file; creates it if there is none yet. */
  public FileDelta file(long inode) {
    touch();
    return files.computeIfAbsent(
        inode,
        number -> {
          metadataBytes.addAndGet(FILE_BYTES);
          return new FileDelta(number, metadataBytes::addAndGet);
        });
  }

  /** The new content of a file, or null. */
  public @Nullable FileDelta fileIfAny(long inode) {
    return files.get(inode);
  }

  /** All files with new content. */
  public Map<Long, FileDelta> files() {
    return files;
  }

  private void touch() {
    if (!touched) {
      touchedNanos = System.nanoTime();
      touched = true;
    }
  }

  /** Age of the first change; 0 if there is none. */
  public long ageNanos() {
    return touched ? Math.max(0, System.nanoTime() - touchedNanos) : 0;
  }

  /** Whether there is nothing to commit. */
  public boolean isEmpty() {
    return !touched;
  }

  /**
   * Whether it changes anything that an application made. False for access times, and for content
   * without a record of its inode: staged data that are moved, which the journal has.
   */
  public boolean changesFiles() {
    return changesFiles;
  }

  /** Notes that it drops content of a file: what that frees is known when it is applied. */
  public void noteDrop() {
    dropsContent = true;
  }

  /** Whether it drops content of a file. */
  public boolean mayFreeSpace() {
    return dropsContent;
  }

  /**
   * Counts extents of deleted files, all of which the commit visits: as metadata, so that a batch
   * of many of them is committed early.
   */
  public void countDropped(int extents) {
    metadataBytes.addAndGet((long) extents * DROPPED_EXTENT_BYTES);
  }

  /** Upper bound of the memory that keys, values and intervals take. */
  public long metadataBytes() {
    return metadataBytes.get();
  }

  /** Counts bytes that the batch has accepted, or does not need any more (negative). */
  public void reserve(long bytes) {
    reservedBytes.addAndGet(bytes);
  }

  /** Bytes that the batch has accepted. */
  public long reservedBytes() {
    return reservedBytes.get();
  }

  /** Counts bytes that were written to the drive for this batch. */
  public void placed(int zone, long bytes) {
    placedBytes.computeIfAbsent(zone, z -> new AtomicLong()).addAndGet(bytes);
  }

  /** Bytes written to the drive for this batch, by zone. */
  public Map<Integer, AtomicLong> placedBytes() {
    return placedBytes;
  }

  /** Counts the start of a write to the drive for which this batch must wait. */
  public void beginWrite() {
    inFlight.incrementAndGet();
  }

  /** Counts the end of such a write, successful or not. */
  public synchronized void endWrite() {
    inFlight.decrementAndGet();
    notifyAll();
  }

  /** Waits for all such writes. */
  public synchronized void awaitWrites() throws InterruptedException {
    while (inFlight.get() > 0) {
      wait();
    }
  }
}
