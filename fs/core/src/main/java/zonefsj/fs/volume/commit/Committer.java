package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.HostException;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.meta.AppliedMark;
import zonefsj.fs.meta.Family;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.BatchGate;
import zonefsj.fs.volume.state.Counters;
import zonefsj.fs.volume.state.ExtentLookup;
import zonefsj.fs.volume.state.VolumeParts;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.journal.JournalPosition;

/**
 * Makes batches durable, one after the other, in the one order: data, journal record, flush,
 * acknowledge, apply. Whoever needs durability commits in its own thread; those who come meanwhile
 * share the next batch (group commit).
 *
 * <p>Thread-safe. The commit lock is held while the drive works: it is what puts commits in order,
 * and no operation but another commit waits for it.
 */
public final class Committer {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

  /** How often a commit begins anew that found no zone, each time after one was freed. */
  private static final int MOST_TRIES = 16;

  /** More than the list and what is noted take. */
  private static final int MOST_RECORDS_OF_LOST = 100;

  private final VolumeParts parts;
  private final IndexBacklog backlog;
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

  /**
   * @param backlog what the index on the host has not taken
   */
  public Committer(VolumeParts parts, IndexBacklog backlog, ErrorPolicy errors) {
    this.parts = parts;
    this.backlog = backlog;
    this.errors = errors;
  }

  /** Who hears of commits from now on. */
  void listen(Listener newListener) {
    listener = newListener;
  }

  /** How many batches were committed. */
  public long commits() {
    return commits.get();
  }

  /** Keys that commits have deleted. */
  long deletes() {
    return deletes.get();
  }

  /** Makes everything that happened before this call durable. */
  public void commit() throws IOException {
    long needed = parts.gate().layers().open().number();
    listener.beforeCommit();
    BatchPlacement.Means means = BatchPlacement.Means.USUAL;
    for (int tries = 1; !commitUpTo(needed, means); tries++) {
      // Nothing lacks a zone that was accepted, unless zones failed that it was to go to.
      LOG.warn("a commit found no zone for its data");
      if (tries == MOST_TRIES || !parts.space().makeRoomForAccepted()) {
        means = BatchPlacement.Means.RESERVE;
      }
    }
    listener.afterCommit();
  }

  /**
   * @return false if there was no zone for the data, and there are other means
   */
  private boolean commitUpTo(long needed, BatchPlacement.Means means) throws IOException {
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
      if (means != BatchPlacement.Means.RESERVE) {
        return false;
      }
      throw giveUp(none);
    }
  }

  /**
   * Commits the batch that could not be placed, if there is one. Under the commit lock.
   *
   * @throws ChunkWriter.NoZoneException if there still is no zone for it; it goes on waiting
   */
  void placeWhatWaits() throws IOException {
    if (unplaced != null) {
      commitNext(BatchPlacement.Means.ZONES);
    }
  }

  /**
   * Commits what is open, with all data in zones. Under the commit lock.
   *
   * @throws ChunkWriter.NoZoneException if there is no zone for them; the next commit tries again
   */
  void commitToZones() throws IOException {
    commitNext(BatchPlacement.Means.ZONES);
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
  public interface Step {
    void run() throws IOException;
  }

  /** Does a step under the commit lock; what it meets that nobody understands ends all changes. */
  public void alone(Step step) throws IOException {
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
  public void breakDown(String where, Throwable what) {
    IOException failed = fail(where + " broke down", what);
    LOG.debug("no commit from now on", failed);
  }

  /**
   * A change ended half-way, and its half is in the open batch: no batch is committed any more. The
   * caller still is inside the gate, so the batch is not sealed yet, or its seal waits for this.
   */
  public void brokeOff() {
    IOException half = new IOException("what was changed since the last commit is not kept");
    LOG.debug("no commit from now on", fail("an operation broke off half-way", half));
  }

  /**
   * Writes a record that proves the last flush, so that a mount need not doubt the last batch;
   * costs one block and one flush.
   */
  public void prove() throws IOException {
    alone(this::proveAlone);
  }

  private void proveAlone() throws IOException {
    try {
      if (failure == null && !parts.journal().isProven()) {
        JournalPosition position = parts.journal().appendProof();
        // So that an index stands where the journal ends, and proves that it is whole. As any other
        // record, this one has to be durable first: a mount reads the journal only from there on.
        parts.journal().commit();
        applyToIndex(new BatchRecord.Builder().build(), position);
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
  public void relocate(List<Move> moves) throws IOException {
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
    parts.lost().settleForRecord();
    listGivenUp(moves);
    parts.lost().putInto(builder);
    if (!commitAlone(builder.build(), "moved data could not be committed")) {
      return;
    }
    awaitReaders(moves);
    zones.applied();
    Set<Long> inodes = moves.stream().map(Move::inode).collect(Collectors.toSet());
    parts.lost().changed(inodes::contains);
  }

  private void listGivenUp(List<Move> moves) {
    long now = parts.clock().millis();
    for (Move move : moves) {
      for (Move.Part part : move.parts()) {
        if (part.placed().isEmpty()) {
          parts.lost().listGivenUp(move.inode(), part.from(), part.to(), now);
        }
      }
    }
  }

  /** Commits a record that belongs to no batch; false if the index did not take it. */
  private boolean commitAlone(BatchRecord record, String failure) throws IOException {
    JournalPosition position;
    try {
      position = parts.journal().append(record.bytes());
      parts.journal().commit();
    } catch (IOException failed) {
      throw fail(failure, failed);
    }
    commits.incrementAndGet();
    return applyToIndex(record, position);
  }

  /** Writes what the drive should know soon of lost data, in a record of its own. */
  public void saveLostIfDue() throws IOException {
    if (parts.lost().isDue()) {
      listener.beforeCommit();
      alone(
          () -> {
            checkHealthy();
            parts.lost().settleForRecord();
            if (parts.lost().isWorthARecord()) {
              saveLostAlone();
            }
          });
      listener.afterCommit();
    }
  }

  /** Writes all that the drive does not know of lost data. */
  public void saveLost() throws IOException {
    for (int times = 0; times < MOST_RECORDS_OF_LOST && parts.lost().isUnsaved(); times++) {
      listener.beforeCommit();
      alone(
          () -> {
            checkHealthy();
            parts.lost().settleForRecord();
            saveLostAlone();
          });
      listener.afterCommit();
    }
  }

  private void saveLostAlone() throws IOException {
    BatchRecord.Builder builder = new BatchRecord.Builder();
    parts.lost().putInto(builder);
    if (builder.changes() > 0) {
      commitAlone(builder.build(), "a list of lost data could not be committed");
    }
  }

  private void switchOver(Move move, BatchRecord.Builder record, ZoneChanges zones)
      throws IOException {
    long inode = move.inode();
    Extent old = move.old();
    Extent same = ExtentLookup.covering(parts.index(), inode, old.start(), old.end());
    if (same != null) {
      switchOver(move, same, record, zones);
      return;
    }
    parts
        .index()
        .scan(
            Family.EXTENTS,
            Keys.extent(inode, old.start() + 1),
            Keys.extent(inode, old.end() + 1),
            (key, value) -> {
              if (Keys.hasRightLength(Family.EXTENTS, key)) {
                switchOver(move, Extent.decode(Keys.extentEnd(key), value), record, zones);
              }
              return true;
            });
  }

  private static void switchOver(
      Move move, Extent present, BatchRecord.Builder record, ZoneChanges zones) {
    List<Extent> now = move.replacing(present);
    if (!now.isEmpty()) {
      // The last one ends where the present one does, and takes its key.
      now.forEach(
          extent -> {
            record.put(Family.EXTENTS, Keys.extent(move.inode(), extent.end()), extent.encode());
            zones.count(extent, 1);
          });
      zones.count(present, -1);
    }
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
  public void checkHealthy() throws IOException {
    IOException failed = failure;
    if (failed != null) {
      throw new IOException("the filesystem is read-only: " + failed.getMessage(), failed);
    }
  }

  private void commitNext(BatchPlacement.Means means) throws IOException {
    checkHealthy();
    BatchGate gate = parts.gate();
    BatchGate.Sealed<Counters.Values> sealed = unplaced;
    if (sealed == null) {
      if (gate.layers().open().isEmpty()) {
        return;
      }
      sealed = gate.seal(parts.counters()::values);
      // What the seal has waited for may have broken off half-way.
      checkHealthy();
    }
    Batch batch = sealed.batch();
    BatchRecord record;
    ZoneChanges zones = new ZoneChanges(parts);
    JournalPosition position;
    BatchPlacement placement = new BatchPlacement(parts, batch);
    try {
      batch.awaitWrites();
      unplaced = sealed;
      placement.place(means);
      unplaced = null;
      parts.memory().commitsAreStuck(false);
      record = encode(batch, sealed.facts(), zones);
      position = parts.journal().append(record.bytes());
      parts.journal().commit();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw fail("a commit was interrupted", new InterruptedIOException("interrupted"));
    } catch (ChunkWriter.NoZoneException none) {
      throw none;
    } catch (IOException broken) {
      throw unplaced == null ? fail("a commit failed", broken) : giveUp(broken);
    }
    durableBatch = batch.number();
    commits.incrementAndGet();
    if (!apply(batch, record, position, zones)) {
      return;
    }
    placement.applied();
    deletes.addAndGet(record.deletes());
  }

  /**
   * A batch could not be placed. Nothing of it is in the journal: it may be tried again, and
   * nothing is promised, so whether the mount goes on is as its options say. Answers with what to
   * throw.
   */
  private IOException giveUp(IOException why) {
    if (errors != ErrorPolicy.CONTINUE) {
      return fail("a commit failed", why);
    }
    parts.health().report("a commit could not place its data: " + why.getMessage());
    parts.memory().commitsAreStuck(true);
    return why;
  }

  /** Takes no more changes from now on; answers with what to throw. */
  IOException fail(String what, Throwable cause) {
    IOException wrapped =
        cause instanceof IOException io ? io : new IOException(what + ": " + cause, cause);
    failure = wrapped;
    try {
      parts
          .health()
          .turnReadOnly(wrapped instanceof HostException ? IndexBacklog.REASON : what, wrapped);
    } finally {
      parts.memory().stopWaiting();
    }
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
    parts.lost().changed(inode -> batch.fileIfAny(inode) != null);
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
      fail(IndexBacklog.REASON, failed);
      return false;
    }
    backlog.applied();
    parts.space().shares().indexChanged(parts.index().compactImageBytes());
    return true;
  }

  /** Brings to the index what waits in memory for the host, if it takes it now. */
  public void handOnToIndex() throws IOException {
    if (backlog.held().isPresent()) {
      alone(backlog::handOn);
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
    parts.lost().settleForRecord();
    parts.lost().putInto(record);
    return record.build();
  }
}
