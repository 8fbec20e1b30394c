// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.MediumPresence;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.HostException;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.volume.state.AdaptiveReserves;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.journal.Journal;
import zonefsj.journal.JournalPosition;

/**
 * Makes one record after the other durable and applies it to the index: journal record, flush,
 * apply. The makers of records ({@link BatchCommitter}, {@link RelocationCommitter}, {@link
 * LostDataCommitter}) and the writer of images ({@link CheckpointScheduler}) take turns here.
 *
 * <p>Thread-safe. The commit lock is held during device I/O: it orders the commits, and no
 * operation waits for it that does not need a commit, or counts what it drops ({@link
 * ExtentCounter}; before its change). After the first failure that cannot be retried, nothing is
 * committed any more.
 */
public final class CommitLog {
  private static final Logger LOG = LoggerFactory.getLogger(CommitLog.class);

  /** Enough for a thread to wake up and take the lock, unless the host is busy. */
  private static final long PAUSE_FOR_OTHERS_NANOS = 1_000_000;

  private final ZonedDevice device;
  private final UUID filesystem;
  private final Journal journal;
  private final MetadataStore index;
  private final IndexBackpressure backpressure;
  private final AdaptiveReserves reserves;
  private final DirtyMemory memory;
  private final VolumeHealth health;
  private final ReentrantLock commitLock = new ReentrantLock();

  /** How often somebody has taken the lock. */
  private final AtomicLong turns = new AtomicLong();

  private final AtomicLong commits = new AtomicLong();

  private volatile @Nullable IOException failure;

  /**
   * @param index to which records are applied
   * @param backpressure what the index on the host has not taken
   * @param reserves follow the length of the index
   * @param memory whose writers stop waiting when no commit will come
   */
  public CommitLog(
      ZonedDevice device,
      UUID filesystem,
      Journal journal,
      MetadataStore index,
      IndexBackpressure backpressure,
      AdaptiveReserves reserves,
      DirtyMemory memory,
      VolumeHealth health) {
    this.device = device;
    this.filesystem = filesystem;
    this.journal = journal;
    this.index = index;
    this.backpressure = backpressure;
    this.reserves = reserves;
    this.memory = memory;
    this.health = health;
  }

  /** The single deletes that the next record may take. Under the commit lock. */
  DeleteLimits deleteLimits(long longestRecordBytes) {
    return new DeleteLimits(
        longestRecordBytes / 2, backpressure.heldBytesForDeletes(longestRecordBytes));
  }

  /** Number of committed records. */
  public long commits() {
    return commits.get();
  }

  /** Work under the commit lock. */
  @FunctionalInterface
  public interface Step {
    void run() throws IOException;
  }

  /** Runs a step under the commit lock. An unexpected exception ends all changes. */
  public void runExclusively(Step step) throws IOException {
    commitLock.lock();
    try {
      turns.incrementAndGet();
      step.run();
    } catch (RuntimeException | Error broken) {
      throw fail("a commit broke down", broken);
    } finally {
      commitLock.unlock();
    }
  }

  /**
   * Runs a step that commits under the commit lock, unless a commit failed before. Called inside
   * {@link CheckpointScheduler#runCommit}, which keeps the journal short.
   */
  void commitBy(Step step) throws IOException {
    runExclusively(
        () -> {
          checkHealthy();
          step.run();
        });
  }

  /**
   * Runs a step of many under the commit lock, unless a commit failed before. Lets a thread that
   * waits for the lock go first, before the caller can take it again: however late the host wakes
   * it.
   */
  void commitInTurn(Step step) throws IOException {
    long[] own = new long[1];
    commitBy(
        () -> {
          own[0] = turns.get();
          step.run();
        });
    while (commitLock.hasQueuedThreads() && turns.get() == own[0]) {
      LockSupport.parkNanos(PAUSE_FOR_OTHERS_NANOS);
    }
  }

  /** Flushes the drive. A failure ends all changes, under every error policy. */
  public void flush() throws IOException {
    try {
      device.flush();
    } catch (IOException failed) {
      throw fail("a flush failed", failed);
    }
  }

  /**
   * Appends a record to the journal and makes it durable, with all that was written before it.
   * Under the commit lock.
   *
   * @throws IOException if it is not durable; the caller decides what that means
   */
  JournalPosition makeDurable(BatchRecord record) throws IOException {
    JournalPosition position = journal.append(record.bytes());
    journal.commit();
    commits.incrementAndGet();
    return position;
  }

  /** As below, for a record that names no new data. */
  boolean commitRecord(BatchRecord record, String failure) throws IOException {
    return commitRecord(record, () -> {}, failure);
  }

  /**
   * Commits a record that belongs to no batch.
   *
   * @param afterFlush checks that the drive has the data that the record names
   * @return false if the index did not take it
   */
  boolean commitRecord(BatchRecord record, Step afterFlush, String failure) throws IOException {
    JournalPosition position;
    try {
      position = makeDurable(record);
      afterFlush.run();
    } catch (IOException failed) {
      throw fail(failure, failed);
    }
    return applyToIndex(record, position);
  }

  /**
   * Applies a durable record to the index. Under the commit lock.
   *
   * @return false if the index fails: the volume then takes no more changes, and the next mount
   *     replays the record
   */
  boolean applyToIndex(BatchRecord record, JournalPosition position) {
    try {
      index.apply(record, markAt(position));
    } catch (IOException failed) {
      LOG.error("the index takes no changes", failed);
      fail(IndexBackpressure.REASON, failed);
      return false;
    }
    backpressure.applied();
    reserves.indexChanged(index.compactImageBytes());
    return true;
  }

  private AppliedPosition markAt(JournalPosition position) {
    return new AppliedPosition(filesystem, position.sequence(), position.chain());
  }

  /**
   * Writes a record that proves the last flush, unless there is one, so that a mount need not doubt
   * the last batch. Costs one block and one flush.
   *
   * @return false if nothing can be proven, because a commit failed before
   */
  public boolean prove() throws IOException {
    boolean[] isProven = {false};
    runExclusively(
        () -> {
          proveLocked();
          isProven[0] = failure == null;
        });
    return isProven[0];
  }

  private void proveLocked() throws IOException {
    try {
      if (failure == null && !journal.isProven()) {
        JournalPosition position = journal.appendProof();
        // The index then stands at the journal's end and proves that it is whole. Like any record,
        // this one must be durable first: a mount reads the journal only from there on.
        journal.commit();
        applyToIndex(new BatchRecord.Builder().build(), position);
      }
    } catch (IOException failed) {
      throw fail("a journal record could not be written", failed);
    }
  }

  /** Applies the changes that wait in memory to the index, if the host takes them now. */
  public void drainToIndex() throws IOException {
    if (backpressure.isHeldUp()) {
      runExclusively(
          () -> {
            try {
              backpressure.drainIfDue();
            } catch (IOException failed) {
              throw fail(IndexBackpressure.REASON, failed);
            }
          });
    }
  }

  /** Stops all commits after an unexpected failure elsewhere. */
  public void breakDown(String where, Throwable what) {
    IOException failed = fail(where + " broke down", what);
    LOG.debug("no commit from now on", failed);
  }

  /**
   * Stops all commits after a change ended half-way, with its first half in the open batch. The
   * caller is still inside the gate, so the batch is not sealed yet, or its seal waits for the
   * caller.
   */
  public void failIncompleteChange() {
    IOException half = new IOException("what was changed since the last commit is not kept");
    LOG.debug("no commit from now on", fail("an operation broke off half-way", half));
  }

  /** Why no commit comes any more; empty if none has failed. */
  Optional<String> failureReason() {
    return Optional.ofNullable(failure).map(failed -> String.valueOf(failed.getMessage()));
  }

  /** Throws if a commit failed before. */
  public void checkHealthy() throws IOException {
    IOException failed = failure;
    if (failed != null) {
      throw new IOException("the filesystem is read-only: " + failed.getMessage(), failed);
    }
  }

  /**
   * Takes no more changes from now on, because the drive is gone. Any thread.
   *
   * @param what happened to it
   */
  public void mediumIsLost(String what) {
    failure = new DeviceException(Reason.REMOVED, -1, what);
    health.driveIsLost(what);
    memory.stopWaiting();
  }

  /** Takes no more changes from now on; returns the exception to throw. */
  IOException fail(String what, Throwable cause) {
    IOException wrapped =
        cause instanceof IOException io ? io : new IOException(what + ": " + cause, cause);
    String loss = MediumPresence.lossOf(device);
    if (!loss.isEmpty()) {
      LOG.debug("the drive is gone", wrapped);
      mediumIsLost(loss);
      return wrapped;
    }
    failure = wrapped;
    try {
      health.turnReadOnly(
          wrapped instanceof HostException ? IndexBackpressure.REASON : what, wrapped);
    } finally {
      memory.stopWaiting();
    }
    return wrapped;
  }
}
