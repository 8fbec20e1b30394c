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
 * <p>A piece is counted as {@value #PIECE_BYTES} bytes of metadata: it takes 110 here, and its
 * commit a place, an extent, and keys and values of the index.
 */
public final class FileDelta {
  /** What a piece counts for as metadata. */
  static final int PIECE_BYTES = 160;

  private final long inode;
  private final LongConsumer metadataBytes;
  private final TreeMap<Long, Piece> pieces = new TreeMap<>();
  private boolean deleted;
  private volatile long dataBytes;

  /** Takes runs that cannot grow any more. */
  @FunctionalInterface
  public interface FullRuns {
    /**
     * @param run the run
     * @param fileOffset where in the file its first byte belongs
     */
    void full(Run run, long fileOffset);
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

  private void put(Piece piece) {
    pieces.put(piece.from(), piece);
    count(piece, 1);
  }

  private void remove(Piece piece) {
    pieces.remove(piece.from());
    count(piece, -1);
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // guarded by the inode's lock
  private void count(Piece piece, int sign) {
    metadataBytes.accept((long) sign * PIECE_BYTES);
    if (piece.run() != null) {
      dataBytes += sign * piece.length();
    }
  }

  /** All pieces, ascending. */
  public Collection<Piece> pieces() {
    return pieces.values();
  }

  /** The first piece that ends behind an offset, or null. */
  public @Nullable Piece firstBehind(long offset) {
    Map.Entry<Long, Piece> floor = pieces.floorEntry(offset);
    if (floor != null && floor.getValue().to() > offset) {
      return floor.getValue();
    }
    Map.Entry<Long, Piece> above = pieces.higherEntry(offset);
    return above == null ? null : above.getValue();
  }

  /** Whether any piece lies in a range. */
  public boolean touches(long from, long to) {
    Piece piece = firstBehind(from);
    return deleted || (piece != null && piece.from() < to);
  }

  /**
   * Writes bytes.
   *
   * @param full takes each run that cannot grow any more
   * @return bytes that need space: those written, less those that were in memory before
   */
  public long write(long offset, ByteBuffer source, DirtyMemory pool, FullRuns full) {
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
    Map.Entry<Long, Piece> floor = pieces.floorEntry(at);
    Piece piece = floor == null ? null : floor.getValue();
    Run run = piece == null ? null : piece.run();
    if (piece == null || run == null || piece.to() <= at || !run.isOpen()) {
      return false;
    }
    int bytes = (int) Math.min(source.remaining(), piece.to() - at);
    run.overwrite(piece.runOffset() + (int) (at - piece.from()), source, bytes);
    return true;
  }

  private long appendOrStart(long at, ByteBuffer source, DirtyMemory pool, FullRuns full) {
    Map.Entry<Long, Piece> lower = pieces.lowerEntry(at);
    Piece before = lower == null ? null : lower.getValue();
    Run run = before == null ? null : before.run();
    boolean grows =
        before != null
            && run != null
            && before.to() == at
            && run.isOpen()
            && before.runOffset() + before.length() == run.length()
            && run.length() < DirtyMemory.LARGE_BYTES;
    int bytes =
        Math.min(
            source.remaining(),
            grows && run != null
                ? DirtyMemory.LARGE_BYTES - run.length()
                : DirtyMemory.LARGE_BYTES);
    long freed = cut(at, at + bytes, pool);
    if (grows && run != null && before != null) {
      run.append(source.slice(source.position(), bytes), pool);
      remove(before);
      put(new Piece(before.from(), at + bytes, run, before.runOffset()));
    } else {
      run = Run.inMemory(pool.acquire(bytes));
      run.append(source.slice(source.position(), bytes), pool);
      put(new Piece(at, at + bytes, run, 0));
    }
    source.position(source.position() + bytes);
    if (run.length() == DirtyMemory.LARGE_BYTES) {
      full.full(run, at + bytes - run.length());
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
    put(Piece.hole(from, to));
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
  public void install(long from, Run run, DirtyMemory pool) {
    cut(from, from + run.length(), pool);
    put(new Piece(from, from + run.length(), run, 0));
  }

  /** Removes what lies in a range; pieces at its ends are cut. */
  private long cut(long from, long to, DirtyMemory pool) {
    long freed = 0;
    List<Piece> touched = new ArrayList<>();
    for (Piece piece = firstBehind(from);
        piece != null && piece.from() < to;
        piece = firstBehind(piece.to())) {
      touched.add(piece);
    }
    for (Piece piece : touched) {
      remove(piece);
      long low = Math.max(from, piece.from());
      long high = Math.min(to, piece.to());
      if (piece.from() < low) {
        put(piece.part(piece.from(), low));
      }
      if (high < piece.to()) {
        put(piece.part(high, piece.to()));
      }
      Run run = piece.run();
      if (run != null) {
        freed += run.forget((int) (high - low), pool);
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
    for (Map.Entry<Long, Piece> entry : pieces.entrySet()) {
      Piece piece = entry.getValue();
      Run run = piece.run();
      if (run == null || run.isPlaced() || run.length() == piece.length()) {
        continue;
      }
      int bytes = (int) piece.length();
      Run own = Run.inMemory(pool.acquireExact(bytes));
      own.append(run.bytes().slice(piece.runOffset(), bytes), pool);
      run.forget(bytes, pool);
      entry.setValue(new Piece(piece.from(), piece.to(), own, 0));
    }
  }
}
