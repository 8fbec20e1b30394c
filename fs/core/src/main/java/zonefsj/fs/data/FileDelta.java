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
 * What one batch changes in the content of one file: disjoint pieces, each new bytes or a hole,
 * over whatever the file held before. Guarded by the lock of its inode.
 *
 * <p>A piece is counted as {@value #INTERVAL_BYTES} bytes of metadata: it takes 110 here, and its
 * commit a place, an extent, and keys and values of the index.
 */
public final class FileDelta {
  /** What a piece counts for as metadata. */
  static final int INTERVAL_BYTES = 160;

  private final long inode;
  private final LongConsumer metadataBytes;
  private final TreeMap<Long, Interval> intervals = new TreeMap<>();
  private boolean deleted;
  private volatile long dataBytes;

  /** Takes runs that cannot grow any more. */
  @FunctionalInterface
  public interface FullBufferListener {
    /**
     * @param buffer the run
     * @param fileOffset where in the file its first byte belongs
     */
    void full(WriteBuffer buffer, long fileOffset);
  }

  /**
   * @param inode whose content
   * @param metadataBytes hears how many bytes of metadata come or go
   */
  public FileDelta(long inode, LongConsumer metadataBytes) {
    this.inode = inode;
    this.metadataBytes = metadataBytes;
  }

  /** Whose content. */
  public long inode() {
    return inode;
  }

  /** Whether the whole file is gone. */
  public boolean isDeleted() {
    return deleted;
  }

  /** Bytes of all pieces that are not holes; may be read without the lock. */
  public long dataBytes() {
    return dataBytes;
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

  /** All pieces, ascending. */
  public Collection<Interval> intervals() {
    return intervals.values();
  }

  /** The first piece that ends behind an offset, or null. */
  public @Nullable Interval firstBehind(long offset) {
    Map.Entry<Long, Interval> floor = intervals.floorEntry(offset);
    if (floor != null && floor.getValue().to() > offset) {
      return floor.getValue();
    }
    Map.Entry<Long, Interval> above = intervals.higherEntry(offset);
    return above == null ? null : above.getValue();
  }

  /** Whether any piece lies in a range. */
  public boolean touches(long from, long to) {
    Interval piece = firstBehind(from);
    return deleted || (piece != null && piece.from() < to);
  }

  /**
   * Writes bytes.
   *
   * @param full takes each run that cannot grow any more
   * @return bytes that need space: those written, less those that were in memory before
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
   * The file is gone: everything is a hole for ever.
   *
   * @return bytes that need no space any more
   */
  public long delete(DirtyMemory pool) {
    deleted = true;
    return cut(0, Long.MAX_VALUE, pool);
  }

  /** Puts a run that is in a zone over a range. */
  public void install(long from, WriteBuffer buffer, DirtyMemory pool) {
    cut(from, from + buffer.length(), pool);
    put(new Interval(from, from + buffer.length(), buffer, 0));
  }

  /** Removes what lies in a range; pieces at its ends are cut. */
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
   * Splits runs of which only some bytes are needed, so that every piece in memory has a run of its
   * own, exactly as long as itself. Takes no more memory than the runs did, and one run. The batch
   * must be sealed.
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
