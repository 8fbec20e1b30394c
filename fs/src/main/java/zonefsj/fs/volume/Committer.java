package zonefsj.fs.volume;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.data.Piece;
import zonefsj.fs.data.PlacedData;
import zonefsj.fs.data.Run;
import zonefsj.fs.meta.AppliedMark;
import zonefsj.fs.meta.Family;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.BatchGate;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.journal.JournalPosition;
import zonefsj.zonemgr.ZoneStream;

/**
 * Makes batches durable, one after the other, in the one order: data, journal record, flush,
 * acknowledge, apply. Whoever needs durability commits in its own thread; those who come meanwhile
 * share the next batch (group commit).
 *
 * <p>Thread-safe. The commit lock is held while the drive works: it is what puts commits in order,
 * and no operation but another commit waits for it.
 */
final class Committer {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

  /** Files no longer than this live in the index. */
  static final int INLINE_BYTES = 1024;

  /** A commit with no more data than this carries it in its journal record. */
  static final int STAGED_COMMIT_BYTES = 16 << 10;

  /** While the index takes more zones than planned, only shorter files live in it. */
  static final int INLINE_BYTES_WHEN_LARGE = 64;

  /** How often a commit begins anew that found no zone, each time after one was freed. */
  private static final int MOST_TRIES = 16;

  /** Runs of at least this length are expected to stay. */
  static final int COLD_RUN_BYTES = 512 << 10;

  private final VolumeParts parts;
  private final ReentrantLock commitLock = new ReentrantLock();
  private final AtomicLong commits = new AtomicLong();
  private volatile long durableBatch;
  private final ErrorPolicy errors;

  /** Keys that were deleted since the mount. */
  private final AtomicLong deletes = new AtomicLong();

  private volatile Listener listener = Listener.NONE;
  private volatile @Nullable IOException failure;

  /** A sealed batch whose data could not be placed yet; the next commit tries it again first. */
  private BatchGate.@Nullable Sealed<Counters.Values> unplaced;

  /** Hears of commits. Called without the commit lock. */
  interface Listener {
    Listener NONE =
        new Listener() {
          @Override
          public void beforeCommit() {}

          @Override
          public void afterCommit() {}
        };

    /** Before each; may let it wait. */
    void beforeCommit();

    /** After each; what it committed is durable. */
    void afterCommit() throws IOException;
  }

  Committer(VolumeParts parts, ErrorPolicy errors) {
    this.parts = parts;
    this.errors = errors;
  }

  /** Who hears of commits from now on. */
  void listen(Listener newListener) {
    listener = newListener;
  }

  /** How many batches were committed. */
  long commits() {
    return commits.get();
  }

  /** Keys that commits have deleted. */
  long deletes() {
    return deletes.get();
  }

  /** Makes everything that happened before this call durable. */
  void commit() throws IOException {
    long needed = parts.gate().layers().open().number();
    listener.beforeCommit();
    Means means = Means.USUAL;
    for (int tries = 1; !commitUpTo(needed, means); tries++) {
      // Nothing lacks a zone that was accepted, unless zones failed that it was to go to.
      LOG.warn("a commit found no zone for its data");
      if (tries == MOST_TRIES || !parts.space().makeRoomForAccepted()) {
        means = Means.RESERVE;
      }
    }
    listener.afterCommit();
  }

  /** By what means a commit finds zones for its data. */
  private enum Means {
    /** Journal or zones of the stream. */
    USUAL,
    /** The same, all of it in zones. */
    ZONES,
    /** The collector's reserve, too. */
    RESERVE
  }

  /**
   * @return false if there was no zone for the data, and there are other means
   */
  private boolean commitUpTo(long needed, Means means) throws IOException {
    try {
      alone(
          () -> {
            if (durableBatch < needed && unplaced != null) {
              commitNext(means);
            }
            if (durableBatch < needed) {
              commitNext(means);
            }
          });
      return true;
    } catch (ChunkWriter.NoZoneException none) {
      if (means != Means.RESERVE) {
        return false;
      }
      if (errors == ErrorPolicy.CONTINUE) {
        // Nothing of the batch is in the journal: it may be tried again, and nothing is promised.
        parts.health().report("a commit could not place its data: " + none.getMessage());
        throw none;
      }
      throw fail("a commit failed", none);
    }
  }

  /**
   * Commits the batch that could not be placed, if there is one. Under the commit lock.
   *
   * @throws ChunkWriter.NoZoneException if there still is no zone for it; it goes on waiting
   */
  void placeWhatWaits() throws IOException {
    if (unplaced != null) {
      commitNext(Means.ZONES);
    }
  }

  /**
   * Commits what is open, with all data in zones. Under the commit lock.
   *
   * @throws ChunkWriter.NoZoneException if there is no zone for them; the next commit tries again
   */
  void commitToZones() throws IOException {
    commitNext(Means.ZONES);
  }

  /** Flushes the drive; if that fails all changes end, whatever the policy of errors says. */
  void flush() throws IOException {
    try {
      parts.device().flush();
    } catch (IOException failed) {
      throw fail("a flush failed", failed);
    }
  }

  /** What is done under the commit lock. */
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  /** Does a step under the commit lock; what it meets that nobody understands ends all changes. */
  void alone(Step step) throws IOException {
    commitLock.lock();
    try {
      step.run();
    } catch (RuntimeException | Error broken) {
      throw fail("a commit broke down", broken);
    } finally {
      commitLock.unlock();
    }
  }

  /** Something happened elsewhere that nobody understands: no batch is committed any more. */
  void breakDown(String where, Throwable what) {
    IOException failed = fail(where + " broke down", what);
    LOG.debug("no commit from now on", failed);
  }

  /**
   * Writes a record that proves the last flush, so that a mount need not doubt the last batch;
   * costs one block and one flush.
   */
  void prove() throws IOException {
    alone(this::proveAlone);
  }

  private void proveAlone() throws IOException {
    try {
      if (failure == null && !parts.journal().isProven()) {
        JournalPosition position = parts.journal().appendProof();
        // So that an index stands where the journal ends, and proves that it is whole. As any other
        // record, this one has to be durable first: a mount reads the journal only from there on.
        parts.journal().commit();
        parts.index().apply(new BatchRecord.Builder().build(), markAt(position));
      }
    } catch (IOException failed) {
      throw fail("a journal record could not be written", failed);
    }
  }

  /**
   * Switches extents to where the collector has moved them, in a record of its own. What users see
   * does not change, so this waits for no batch and no batch waits for it: it changes what lies
   * beneath them. An extent that is not in its old place any more stays as it is.
   *
   * @param moves what was moved; written, and not yet durable
   */
  void relocate(List<Move> moves) throws IOException {
    listener.beforeCommit();
    alone(() -> relocateAlone(moves));
    listener.afterCommit();
  }

  private void relocateAlone(List<Move> moves) throws IOException {
    checkHealthy();
    BatchRecord.Builder builder = new BatchRecord.Builder();
    ZoneChanges zones = new ZoneChanges(parts);
    for (Move move : moves) {
      switchOver(move, builder, zones);
    }
    if (builder.changes() == 0) {
      return;
    }
    zones.put(builder);
    BatchRecord record = builder.build();
    JournalPosition position;
    try {
      position = parts.journal().append(record.bytes());
      parts.journal().commit();
    } catch (IOException failed) {
      throw fail("moved data could not be committed", failed);
    }
    commits.incrementAndGet();
    if (!applyToIndex(record, position)) {
      return;
    }
    awaitReaders(moves);
    zones.applied();
  }

  private void switchOver(Move move, BatchRecord.Builder record, ZoneChanges zones)
      throws IOException {
    long inode = move.inode();
    parts
        .index()
        .scan(
            Family.EXTENTS,
            Keys.extent(inode, move.old().start() + 1),
            Keys.extent(inode, move.old().end() + 1),
            (key, value) -> {
              Extent present = Extent.decode(Keys.extentEnd(key), value);
              List<Extent> now = move.replacing(present);
              if (!now.isEmpty()) {
                // The last one ends where the present one does, and takes its key.
                now.forEach(
                    extent -> {
                      record.put(Family.EXTENTS, Keys.extent(inode, extent.end()), extent.encode());
                      zones.count(extent, 1);
                    });
                zones.count(present, -1);
              }
              return true;
            });
  }

  /**
   * Waits for readers that found the old places: they hold the lock of their inode until they have
   * pinned the zones.
   */
  private void awaitReaders(List<Move> moves) {
    long last = -1;
    for (Move move : moves) {
      if (move.inode() != last) {
        last = move.inode();
        parts.locks().lock(last).close();
      }
    }
  }

  /** Refuses to go on after a commit failed. */
  void checkHealthy() throws IOException {
    IOException failed = failure;
    if (failed != null) {
      throw new IOException("the filesystem is read-only: " + failed.getMessage(), failed);
    }
  }

  private void commitNext(Means means) throws IOException {
    checkHealthy();
    BatchGate gate = parts.gate();
    BatchGate.Sealed<Counters.Values> sealed = unplaced;
    if (sealed == null) {
      if (gate.layers().open().isEmpty()) {
        return;
      }
      sealed = gate.seal(parts.counters()::values);
    }
    Batch batch = sealed.batch();
    BatchRecord record;
    ZoneChanges zones = new ZoneChanges(parts);
    JournalPosition position;
    List<Inline> inline = new ArrayList<>();
    long stagedBytes;
    try {
      batch.awaitWrites();
      unplaced = sealed;
      stagedBytes = placeRemaining(batch, inline, means);
      unplaced = null;
      record = encode(batch, sealed.facts(), zones);
      position = parts.journal().append(record.bytes());
      parts.journal().commit();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw fail("a commit was interrupted", new InterruptedIOException("interrupted"));
    } catch (ChunkWriter.NoZoneException none) {
      throw none;
    } catch (IOException broken) {
      if (unplaced != null && errors == ErrorPolicy.CONTINUE) {
        // Nothing of the batch is in the journal: it may be tried again, and nothing is promised.
        parts.health().report("a commit could not place its data: " + broken.getMessage());
        throw broken;
      }
      throw fail("a commit failed", broken);
    }
    durableBatch = batch.number();
    commits.incrementAndGet();
    if (!apply(batch, record, position, zones)) {
      return;
    }
    // From here on they count as extents of the index.
    parts.space().stage(-stagedBytes);
    releaseInline(inline);
    deletes.addAndGet(record.deletes());
  }

  /** Takes no more changes from now on; answers with what to throw. */
  IOException fail(String what, Throwable cause) {
    IOException wrapped =
        cause instanceof IOException io ? io : new IOException(what + ": " + cause, cause);
    failure = wrapped;
    parts.health().turnReadOnly(what, wrapped);
    parts.memory().stopWaiting();
    return wrapped;
  }

  private AppliedMark markAt(JournalPosition position) {
    return new AppliedMark(parts.filesystem(), position.sequence(), position.chain());
  }

  /**
   * Brings a batch that is durable into the index.
   *
   * @return false if the index fails: then the volume takes no more changes, but what the caller
   *     asked for is done. The batch stays where reads find it, and the next mount replays it
   */
  private boolean apply(
      Batch batch, BatchRecord record, JournalPosition position, ZoneChanges zones) {
    if (!applyToIndex(record, position)) {
      return false;
    }
    zones.applied();
    batch.placedBytes().forEach((zone, bytes) -> parts.usage().addPending(zone, -bytes.get()));
    parts.gate().applied();
    parts.space().settle(batch.claimedBytes());
    return true;
  }

  private boolean applyToIndex(BatchRecord record, JournalPosition position) {
    try {
      parts.index().apply(record, markAt(position));
    } catch (IOException failed) {
      LOG.error("the index takes no changes", failed);
      fail("the index on the host takes no changes (the drive is well)", failed);
      return false;
    }
    parts.space().shares().indexChanged(parts.index().compactImageBytes());
    return true;
  }

  /** A run in memory and where it belongs. */
  private record Waiting(long inode, Run run, ChunkWriter.Source source) {}

  /** A run that goes into the index itself. */
  private record Inline(long inode, Run run) {}

  private void releaseInline(List<Inline> inline) {
    for (Inline one : inline) {
      // A reader that began before the batch was applied holds the lock and is done with the run.
      ReentrantReadWriteLock lock = parts.locks().of(one.inode());
      lock.writeLock().lock();
      try {
        one.run().storedInline(parts.memory());
      } finally {
        lock.writeLock().unlock();
      }
    }
  }

  /**
   * Places what is still in memory, or leaves it for the journal record.
   *
   * @return bytes of the latter that count as waiting for a zone
   */
  private long placeRemaining(Batch batch, List<Inline> inline, Means means) throws IOException {
    List<Waiting> hot = new ArrayList<>();
    List<Waiting> cold = new ArrayList<>();
    for (FileDelta delta : new TreeMap<>(batch.files()).values()) {
      collectWaiting(delta, hot, cold, inline);
    }
    boolean stage = means != Means.ZONES && !parts.space().shares().indexIsLarge();
    if (stage && cold.isEmpty() && totalBytes(hot) <= STAGED_COMMIT_BYTES) {
      // One sequential write and one flush, instead of two zones: the data move to a zone of their
      // own before the journal is trimmed.
      hot.forEach(one -> inline.add(new Inline(one.inode(), one.run())));
      long bytes = totalBytes(hot);
      parts.space().stage(bytes);
      return bytes;
    }
    place(batch, ZoneStream.COLD, cold, means);
    place(batch, ZoneStream.HOT, hot, means);
    return 0;
  }

  private static long totalBytes(List<Waiting> waiting) {
    return waiting.stream().mapToLong(one -> one.run().length()).sum();
  }

  private void collectWaiting(
      FileDelta delta, List<Waiting> hot, List<Waiting> cold, List<Inline> inline) {
    DirtyMemory memory = parts.memory();
    ReentrantReadWriteLock lock = parts.locks().of(delta.inode());
    lock.writeLock().lock();
    try {
      delta.normalize(memory);
      for (Piece piece : delta.pieces()) {
        Run run = piece.run();
        if (run == null || run.isPlaced()) {
          continue;
        }
        int inlineBytes =
            parts.space().shares().indexIsLarge() ? INLINE_BYTES_WHEN_LARGE : INLINE_BYTES;
        if (piece.from() == 0 && piece.length() <= inlineBytes) {
          inline.add(new Inline(delta.inode(), run));
          continue;
        }
        ChunkWriter.Source source =
            new ChunkWriter.Source(delta.inode(), piece.from(), run.bytes());
        (run.length() >= COLD_RUN_BYTES ? cold : hot).add(new Waiting(delta.inode(), run, source));
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void place(Batch batch, ZoneStream stream, List<Waiting> waiting, Means means)
      throws IOException {
    if (waiting.isEmpty()) {
      return;
    }
    List<ChunkWriter.Source> sources = waiting.stream().map(Waiting::source).toList();
    List<List<PlacedData>> placed =
        means == Means.RESERVE
            ? parts.chunks().writeAccepted(stream, sources, batch::placed)
            : parts.chunks().write(stream, sources, batch::placed);
    for (int index = 0; index < waiting.size(); index++) {
      Waiting one = waiting.get(index);
      ReentrantReadWriteLock lock = parts.locks().of(one.inode());
      lock.writeLock().lock();
      try {
        one.run().place(placed.get(index), parts.memory());
      } finally {
        lock.writeLock().unlock();
      }
    }
  }

  private BatchRecord encode(Batch batch, Counters.Values counters, ZoneChanges zones)
      throws IOException {
    BatchRecord.Builder record = new BatchRecord.Builder();
    for (Family family : Family.values()) {
      for (Map.Entry<byte[], byte[]> change : batch.of(family).entrySet()) {
        byte[] value = change.getValue();
        record.put(family, change.getKey(), Batch.isDeleted(value) ? null : value);
      }
    }
    for (long inode : new TreeSet<>(batch.attributesDropped())) {
      record.deleteRange(Family.XATTRS, Keys.inode(inode), Keys.inode(inode + 1));
    }
    record.put(Family.META, Keys.NEXT_INODE, Keys.number(counters.nextInode()));
    record.put(Family.META, Keys.INODE_COUNT, Keys.number(counters.inodes()));
    ExtentResolver resolver = new ExtentResolver(parts.index(), record, zones::count);
    for (FileDelta delta : new TreeMap<>(batch.files()).values()) {
      resolver.resolve(delta);
    }
    zones.put(record);
    return record.build();
  }
}
