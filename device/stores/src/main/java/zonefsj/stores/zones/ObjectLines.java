// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectUnreadableException;

/**
 * Lines of objects that were fetched before they are read: what a piece of a zone has of 1 MiB of
 * an object. As objects never change, neither a write nor a reset makes one wrong. Lines that were
 * read to their end give way first, then what was used longest ago.
 *
 * <p>Thread-safe; no lock is held while the store is asked. Takes the budget, on the heap, and 300
 * bytes for each of at most {@link #MOST_LINES} lines.
 */
final class ObjectLines {
  /** A multiple of it begins a line, unless a piece does. */
  static final int LINE_BYTES = 1 << 20;

  /** So many are fetched at once: threads stay free for what is put. */
  static final int MOST_UNDER_WAY = 6;

  /** Pieces of small files have short ones. */
  static final int MOST_LINES = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(ObjectLines.class);

  private record Key(ObjectId object, long fromBytes) {}

  private static final class Line {
    final int lengthBytes;
    final CompletableFuture<ByteBuffer> bytes = new CompletableFuture<>();

    /** What it takes of the budget. Guarded by the monitor of the lines, as are the next. */
    int chargedBytes;

    /** Nobody will read it any more, or it cannot be read. */
    boolean used;

    boolean ended;

    Line(int lengthBytes) {
      this.lengthBytes = lengthBytes;
      this.chargedBytes = lengthBytes;
    }
  }

  private final ObjectStore store;
  private final StoreThreads threads;
  private final long budgetBytes;

  /** The first one was used longest ago. Guarded by this object's monitor, as are the next. */
  private final Map<Key, Line> lines = new LinkedHashMap<>(2 * MOST_LINES, 0.75f, true);

  private long heldBytes;
  private int underWay;
  private boolean stopped;

  /**
   * @param budgetBytes of all lines together
   */
  ObjectLines(ObjectStore store, StoreThreads threads, long budgetBytes) {
    this.store = store;
    this.threads = threads;
    this.budgetBytes = budgetBytes;
  }

  /** Where the line begins that has a byte of a piece; both are offsets in the object. */
  static long beginOf(long offsetBytes, Piece piece) {
    return Math.max(offsetBytes - offsetBytes % LINE_BYTES, piece.objectOffsetBytes());
  }

  /** The drive is closed: what was not begun is not fetched any more. */
  synchronized void stop() {
    stopped = true;
    drop(line -> line.ended, 0, 0);
  }

  /**
   * Fetches a line, unless it is here or on the way.
   *
   * @param fromBytes where it begins in the object
   * @param toBytes offset in the object behind the last byte
   * @return false if it has to be asked for later: enough are on the way, or there is no room
   */
  boolean fetch(ObjectId object, long fromBytes, long toBytes) {
    Key key = new Key(object, fromBytes);
    Line line = new Line(Math.toIntExact(toBytes - fromBytes));
    synchronized (this) {
      if (lines.get(key) != null) {
        return true;
      }
      if (stopped || underWay == MOST_UNDER_WAY || !makeRoom(line.lengthBytes)) {
        return false;
      }
      lines.put(key, line);
      heldBytes += line.chargedBytes;
      underWay++;
    }
    try {
      threads.execute(() -> fetch(key, line));
    } catch (RejectedExecutionException closed) {
      end(key, line, null, new IOException("the drive is closed", closed));
    } catch (OutOfMemoryError none) {
      end(key, line, null, new IOException("the host has no thread for a request", none));
    }
    return true;
  }

  /** Lets lines go until one of this length fits. The caller holds the monitor. */
  private boolean makeRoom(int lengthBytes) {
    long most = budgetBytes - lengthBytes;
    drop(line -> line.used && line.ended, most, MOST_LINES - 1);
    drop(line -> line.ended, most, MOST_LINES - 1);
    return heldBytes <= most && lines.size() < MOST_LINES;
  }

  /** Drops lines, the longest unused first, until there are no more than that. */
  private void drop(Predicate<Line> some, long mostBytes, int mostLines) {
    Iterator<Line> oldest = lines.values().iterator();
    while ((heldBytes > mostBytes || lines.size() > mostLines) && oldest.hasNext()) {
      Line line = oldest.next();
      if (some.test(line)) {
        oldest.remove();
        heldBytes -= line.chargedBytes;
      }
    }
  }

  private void fetch(Key key, Line line) {
    ByteBuffer bytes = null;
    Throwable failure = null;
    try {
      requireOpen();
      ByteBuffer read = ByteBuffer.allocate(line.lengthBytes);
      store.read(key.object.name(), key.fromBytes, read);
      bytes = read.flip();
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      LOG.debug("{}: {} was not read ahead", store, key.object, e);
      failure = e;
    } finally {
      end(key, line, bytes, failure);
    }
  }

  private synchronized void requireOpen() throws IOException {
    if (stopped) {
      throw new IOException("the drive is closed");
    }
  }

  private void end(Key key, Line line, @Nullable ByteBuffer bytes, @Nullable Throwable failure) {
    Throwable why = failure == null ? new IOException("an error ended the request") : failure;
    synchronized (this) {
      if (line.ended) {
        return;
      }
      line.ended = true;
      underWay--;
      if (bytes == null) {
        heldBytes -= line.chargedBytes;
        line.chargedBytes = 0;
        line.used = true;
        if (!isOfObject(why)) {
          lines.remove(key, line);
        }
      }
    }
    if (bytes == null) {
      line.bytes.completeExceptionally(why);
    } else {
      line.bytes.complete(bytes);
    }
  }

  /** Whether it will fail again: it stays, so that nobody asks for it ahead once more. */
  private static boolean isOfObject(Throwable failure) {
    return failure instanceof ObjectMissingException
        || failure instanceof ObjectUnreadableException
        || failure instanceof EOFException;
  }

  /**
   * Copies bytes, as many as {@code destination} takes and one line has; waits for them if they are
   * on the way.
   *
   * @param piece that they are in
   * @param offsetBytes of the first one in its object
   * @return their number; 0 if they have to be read from the store
   * @throws IOException if the store does not answer
   */
  int copy(Piece piece, long offsetBytes, ByteBuffer destination) throws IOException {
    long from = beginOf(offsetBytes, piece);
    Line line;
    synchronized (this) {
      line = lines.get(new Key(piece.object(), from));
    }
    int within = Math.toIntExact(offsetBytes - from);
    if (line == null || within >= line.lengthBytes) {
      return 0;
    }
    ByteBuffer bytes;
    try {
      bytes = line.bytes.join();
    } catch (CompletionException | CancellationException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException && !isOfObject(cause)) {
        throw new IOException(cause.getMessage(), cause);
      }
      // What is asked for may be somewhere else, or whole.
      LOG.trace("{} is read once more", piece, e);
      return 0;
    }
    int length = Math.min(destination.remaining(), line.lengthBytes - within);
    destination.put(bytes.slice(within, length));
    if (within + length == line.lengthBytes) {
      synchronized (this) {
        line.used = true;
      }
    }
    return length;
  }
}
