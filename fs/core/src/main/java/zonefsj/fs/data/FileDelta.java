// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Changes of one batch to the content of one file: disjoint intervals, each new bytes or a hole,
 * over the older content of the file. Guarded by the lock of its inode.
 *
 * <p>An interval counts as {@value #INTERVAL_BYTES} bytes of metadata: it takes 110 here, and at
 * its commit a position, an extent, and keys and values of the index.
 */
public final class FileDelta {
  /** What a piece counts for as metadata. */
  static final int INTERVAL_BYTES = 160;

  /** See {@link #allocatedBytes}. */
  public static final long UNKNOWN = -1;

  private final long inode;
  private final LongConsumer metadataBytes;
  private final TreeMap<Long, Interval> intervals = new TreeMap<>();
  private boolean deleted;
  private volatile long dataBytes;
  private volatile long allocatedBytes = UNKNOWN;

  /** Receives write buffers that are full. */
  @FunctionalInterface
  public interface FullBufferListener {
    /**
     * @param buffer the write buffer
     * @param fileOffset offset of its first byte in the file
     */
    void full(WriteBuffer buffer, long fileOffset);
  }

  /**
   * @param inode inode number of the file
   * @param metadataBytes receives each change of the number of metadata bytes
   */
  public FileDelta(long inode, LongConsumer metadataBytes) {
    this.inode = inode;
    this.metadataBytes = metadataBytes;
  }

  /** Inode number of the file. */
  public long inode() {
    return inode;
  }

  /** Whether the whole file was deleted. */
  public boolean isDeleted() {
    return deleted;
  }

  /** Bytes of all intervals that are not holes; may be read without the lock. */
  public long dataBytes() {
    return dataBytes;
  }

  /**
   * Bytes that the file has in all with these changes; {@link #UNKNOWN} before their commit has
   * found out what they replace. May be read without the lock.
   */
  public long allocatedBytes() {
    return allocatedBytes;
  }

  /** Notes what the commit has found out. */
  public void setAllocatedBytes(long bytes) {
    allocatedBytes = bytes;
  }

  private void put(Interval piece) {
    intervals.put(piece.from(), piece);
    count(piece, 1);
  }

  private void remove(Interval piece) {
    intervals.remove(piece.from());
    count(piece, -1);
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // guarded by the inode's lock
  private void count(Interval piece, int sign) {
    metadataBytes.accept((long) sign * INTERVAL_BYTES);
    if (piece.buffer() != null) {
      dataBytes += sign * piece.length();
    }
  }

  /** All intervals, ascending. */
  public Collection<Interval> intervals() {
    return intervals.values();
  }

  /** The intervals that begin at an offset or behind it, ascending. */
  public Collection<Interval> intervalsFrom(long offset) {
    return intervals.tailMap(offset).values();
  }

  /** The first interval that ends after an offset, or null. */
  public @Nullable Interval firstBehind(long offset) {
    Map.Entry<Long, Interval> floor = intervals.floorEntry(offset);
    if (floor != null && floor.getValue().to() > offset) {
      return floor.getValue();
    }
    Map.Entry<Long, Interval> above = intervals.higherEntry(offset);
    return above == null ? null : above.getValue();
  }

  /** Whether any interval lies in a range, or the file was deleted. */
  public boolean touches(long from, long to) {
    Interval piece = firstBehind(from);
    return deleted || (piece != null && piece.from() < to);
  }

  /**
   * Writes bytes.
   *
   * @param full receives each write buffer that becomes full
   * @return additional bytes that need space: those written minus those replaced in memory
   */
  public long write(long offset, ByteBuffer source, DirtyMemory pool, FullBufferListener full) {
    long wanted = 0;
    long at = offset;
    while (source.hasRemaining()) {
      int before = source.remaining();
      if (!overwriteInPlace(at, source)) {
        wanted += appendOrStart(at, source, pool, full);
      }
      at += before - source.remaining();
    }
    return wanted;
  }

  private boolean overwriteInPlace(long at, ByteBuffer source) {
    Map.Entry<Long, Interval> floor = intervals.floorEntry(at);
    Interval piece = floor == null ? null : floor.getValue();
    WriteBuffer buffer = piece == null ? null : piece.buffer();
    if (piece == null || buffer == null || piece.to() <= at || !buffer.isOpen()) {
      return false;
    }
    int bytes = (int) Math.min(source.remaining(), piece.to() - at);
    buffer.overwrite(piece.bufferOffset() + (int) (at - piece.from()), source, bytes);
    return true;
  }

  private long appendOrStart(
      long at, ByteBuffer source, DirtyMemory pool, FullBufferListener full) {
    Map.Entry<Long, Interval> lower = intervals.lowerEntry(at);
    Interval before = lower == null ? null : lower.getValue();
    WriteBuffer buffer = before == null ? null : before.buffer();
    boolean grows =
        before != null
            && buffer != null
            && before.to() == at
            && buffer.isOpen()
            && before.bufferOffset() + before.length() == buffer.length()
            && buffer.length() < DirtyMemory.LARGE_BYTES;
    int bytes =
        Math.min(
            source.remaining(),
            grows && buffer != null
                ? DirtyMemory.LARGE_BYTES - buffer.length()
                : DirtyMemory.LARGE_BYTES);
    long freed = cut(at, at + bytes, pool);
    if (grows && buffer != null && before != null) {
      buffer.append(source.slice(source.position(), bytes), pool);
      remove(before);
      put(new Interval(before.from(), at + bytes, buffer, before.bufferOffset()));
    } else {
      buffer = WriteBuffer.inMemory(pool.acquire(bytes));
      buffer.append(source.slice(source.position(), bytes), pool);
      put(new Interval(at, at + bytes, buffer, 0));
    }
    source.position(source.position() + bytes);
    if (buffer.length() == DirtyMemory.LARGE_BYTES) {
      full.full(buffer, at + bytes - buffer.length());
    }
    return bytes - freed;
  }

  /**
   * Makes a range a hole.
   *
   * @return bytes that need no space any more
   */
  public long punch(long from, long to, DirtyMemory pool) {
    long freed = cut(from, to, pool);
    put(Interval.hole(from, to));
    return freed;
  }

  /**
   * Deletes the file: all its content becomes a hole.
   *
   * @return bytes that need no space any more
   */
  public long delete(DirtyMemory pool) {
    deleted = true;
    return cut(0, Long.MAX_VALUE, pool);
  }

  /** Places a write buffer whose bytes are in a zone, or lost, over a range. */
  public void install(long from, WriteBuffer buffer, DirtyMemory pool) {
    cut(from, from + buffer.length(), pool);
    put(new Interval(from, from + buffer.length(), buffer, 0));
  }

  /** Removes the intervals in a range; cuts those at its ends. */
  private long cut(long from, long to, DirtyMemory pool) {
    long freed = 0;
    List<Interval> touched = new ArrayList<>();
    for (Interval piece = firstBehind(from);
        piece != null && piece.from() < to;
        piece = firstBehind(piece.to())) {
      touched.add(piece);
    }
    for (Interval piece : touched) {
      remove(piece);
      long low = Math.max(from, piece.from());
      long high = Math.min(to, piece.to());
      if (piece.from() < low) {
        put(piece.part(piece.from(), low));
      }
      if (high < piece.to()) {
        put(piece.part(high, piece.to()));
      }
      WriteBuffer buffer = piece.buffer();
      if (buffer != null) {
        freed += buffer.forget((int) (high - low), pool);
      }
    }
    return freed;
  }

  /**
   * Splits write buffers of which only some bytes are needed, so that every interval in memory has
   * its own buffer of exactly its length. Takes no more memory than the buffers did, plus one
   * buffer. The batch must be sealed.
   */
  public void normalize(DirtyMemory pool) {
    for (Map.Entry<Long, Interval> entry : intervals.entrySet()) {
      Interval piece = entry.getValue();
      WriteBuffer buffer = piece.buffer();
      if (buffer == null || buffer.isPlaced() || buffer.length() == piece.length()) {
        continue;
      }
      int bytes = (int) piece.length();
      WriteBuffer own = WriteBuffer.inMemory(pool.acquireExact(bytes));
      own.append(buffer.bytes().slice(piece.bufferOffset(), bytes), pool);
      buffer.forget(bytes, pool);
      entry.setValue(new Interval(piece.from(), piece.to(), own, 0));
    }
  }
}
