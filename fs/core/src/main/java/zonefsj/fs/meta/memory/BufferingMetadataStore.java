// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.memory;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.HostException;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;

/**
 * Keeps recent changes in memory, and passes those of many batches to the store below at once, by a
 * thread of its own: so a commit neither waits nor pays for that store. Reads include the changes
 * in memory. All other calls go to the store below.
 *
 * <p>Changes are passed on when they take {@value #PASS_ON_BYTES} bytes, or {@value #IDLE_MILLIS}
 * ms after the first one, as one batch with the newest applied position: the content of the store
 * below stays a prefix of the applied batches. While the host refuses them, for example because its
 * disk is full, they stay in memory and are tried again each second. Memory is bounded: a batch
 * beyond the limit is refused with a HostException and is not applied. While the store below is
 * only slow, {@link #apply} waits for it instead.
 *
 * <p>Memory: about 112 bytes for each changed key, plus the key and its value.
 *
 * <p>Threading: as the store below. One thread at a time calls {@link #apply}.
 */
public final class BufferingMetadataStore implements MetadataStore {
  private static final Logger LOG = LoggerFactory.getLogger(BufferingMetadataStore.class);

  /** Approximate memory of a changed key without the bytes of key and value. */
  public static final int ENTRY_OVERHEAD_BYTES = ChangeTable.ENTRY_OVERHEAD_BYTES;

  /** Larger batches replace more of each other's keys, and take longer to search. */
  private static final long PASS_ON_BYTES = 2 << 20;

  private static final long IDLE_MILLIS = 1000;
  private static final long RETRY_MILLIS = 1000;

  /** Above that, {@link #apply} waits for a store that is only slow. */
  private static final long WAIT_BYTES = 8 << 20;

  /**
   * Changes that wait for the host.
   *
   * @param why the first error of the host
   * @param keys number of changed keys
   * @param bytes approximate memory that they take
   * @param mostBytes limit of this memory
   */
  public record BufferedChanges(String why, long keys, long bytes, long mostBytes) {}

  /**
   * What readers see above the store below.
   *
   * @param changes what the store below need not have
   * @param passedOn how often changes have left for the store below
   */
  private record Buffer(ChangeTable changes, long passedOn) {}

  private final MetadataStore below;
  private final long mostBytes;
  private final LongSupplier elapsedMillis;

  /** Guards the thread that passes changes on; null: {@link #apply} does it. */
  private final @Nullable ThreadGuard guard;

  /** Held while changes are passed on. Before {@link #lock}. */
  private final ReentrantLock passing = new ReentrantLock();

  /** Held to replace the buffer. */
  private final ReentrantLock lock = new ReentrantLock();

  /** Signalled when the thread has a reason to look. */
  private final Condition changed = lock.newCondition();

  private volatile Buffer buffer = new Buffer(ChangeTable.EMPTY, 0);

  /** What was applied since changes are being passed on; null: none are. Under {@link #lock}. */
  private @Nullable ChangeTable since;

  /** Why the host takes no changes; null: it took the last ones. */
  private volatile @Nullable String lastRefusal;

  /** Why the store below takes none, other than because of the host: nothing mends that. */
  private volatile @Nullable IOException failure;

  private volatile long triedMillis;

  /** Passes changes on; null: there were none yet. Written under {@link #lock}. */
  private volatile @Nullable Thread thread;

  private boolean isClosed;

  /**
   * Creates an empty buffer.
   *
   * @param below the store that receives the changes; owned from now on
   * @param mostBytes approximate limit of the memory for changes
   * @param elapsedMillis milliseconds since some instant
   * @param guard of the thread that passes changes on; null: there is none, and {@link #apply}
   *     passes each batch on before it returns, unless the host refuses it
   */
  public BufferingMetadataStore(
      MetadataStore below,
      long mostBytes,
      LongSupplier elapsedMillis,
      @Nullable ThreadGuard guard) {
    this.below = below;
    this.mostBytes = mostBytes;
    this.elapsedMillis = elapsedMillis;
    this.guard = guard;
  }

  /** The changes that the host refuses; empty if it takes them. Any thread may call it. */
  public Optional<BufferedChanges> buffered() {
    ChangeTable now = buffer.changes();
    String why = refusal();
    return why == null
        ? Optional.empty()
        : Optional.of(new BufferedChanges(why, now.keys(), now.memoryBytes(), mostBytes));
  }

  /** Why changes wait for the host; null: they do not. */
  private @Nullable String refusal() {
    return buffer.changes().mark() == null ? null : lastRefusal;
  }

  /** Whether the store below takes no changes any more. Any thread may call it. */
  public boolean hasFailed() {
    return failure != null;
  }

  /** Memory that more changes may take. Any thread may call it. */
  public long freeBytes() {
    return mostBytes - buffer.changes().memoryBytes();
  }

  /**
   * Passes on what the host has refused, if it takes it now; tries at most once a second. Leaves
   * that to the thread, if there is one.
   *
   * @return whether the host refuses nothing any more
   * @throws IOException if the store below fails for another reason
   */
  public boolean drainIfDue() throws IOException {
    checkUsable();
    return refusal() == null || (guard == null && isRetryDue() && drainNow());
  }

  private boolean isRetryDue() {
    return elapsedMillis.getAsLong() - triedMillis >= RETRY_MILLIS;
  }

  /**
   * Passes everything on that was applied before the call.
   *
   * @return false if the host refuses it
   * @throws IOException if the store below fails for another reason
   */
  public boolean drainNow() throws IOException {
    try {
      passOn();
      return true;
    } catch (HostException refused) {
      return false;
    }
  }

  private void passOn() throws IOException {
    passOn(() -> {});
  }

  /** A change of the store below, after those that wait. */
  @FunctionalInterface
  private interface Last {
    void apply() throws IOException;
  }

  private void passOn(Last last) throws IOException {
    passing.lock();
    try {
      checkUsable();
      if (refusal() != null) {
        tryBelow();
      }
      passChanges();
      last.apply();
      lastRefusal = null;
    } catch (HostException refused) {
      if (refusal() == null) {
        lastRefusal = String.valueOf(refused.getMessage());
      }
      throw refused;
    } finally {
      triedMillis = elapsedMillis.getAsLong();
      passing.unlock();
    }
  }

  /** An empty batch shows whether the host accepts changes, at no cost. */
  private void tryBelow() throws IOException {
    Optional<AppliedPosition> mark = below.mark();
    if (mark.isPresent()) {
      below.apply(sink -> {}, mark.get());
    }
  }

  private void passChanges() throws IOException {
    ChangeTable leaving = beginPassing();
    AppliedPosition mark = leaving.mark();
    boolean done = false;
    try {
      if (mark != null) {
        below.apply(leaving, mark);
      }
      done = true;
    } finally {
      endPassing(done && mark != null);
    }
  }

  private ChangeTable beginPassing() {
    lock.lock();
    try {
      since = ChangeTable.EMPTY;
      return buffer.changes();
    } finally {
      lock.unlock();
    }
  }

  private void endPassing(boolean done) {
    lock.lock();
    try {
      ChangeTable rest = since;
      since = null;
      if (done && rest != null) {
        buffer = new Buffer(rest, buffer.passedOn() + 1);
      }
    } finally {
      lock.unlock();
    }
  }

  private void passOnWhenDue() {
    try {
      while (awaitDue()) {
        drainNow();
      }
    } catch (IOException failed) {
      LOG.error("the index takes no changes", failed);
      failure = failed;
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until changes are due to be passed on; false: the store is being closed. */
  private boolean awaitDue() throws InterruptedException {
    lock.lock();
    try {
      while (!isClosed && buffer.changes().mark() == null) {
        changed.await();
      }
      long nanos = TimeUnit.MILLISECONDS.toNanos(refusal() == null ? IDLE_MILLIS : RETRY_MILLIS);
      while (!isClosed && nanos > 0 && (refusal() != null || !isFull(PASS_ON_BYTES))) {
        nanos = changed.awaitNanos(nanos);
      }
      return !isClosed;
    } finally {
      lock.unlock();
    }
  }

  private boolean isFull(long bytes) {
    return buffer.changes().memoryBytes() >= Math.min(bytes, mostBytes);
  }

  /**
   * {@inheritDoc}
   *
   * @throws HostException if the host accepts no changes and the buffer is full
   */
  @Override
  public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
    checkUsable();
    boolean isRefused = refusal() != null;
    boolean isKept =
        guard != null && !isRefused && keep(batch, mark, Math.min(WAIT_BYTES, mostBytes));
    boolean isTried = !isRefused || (guard == null && isRetryDue());
    if (!isKept
        && !(isTried && applyBelow(batch, mark))
        && !keep(batch, mark, mostBytes)
        // The host may take changes again, and what it refused be on its way.
        && !(isRefused && (applyBelow(batch, mark) || keep(batch, mark, mostBytes)))) {
      throw new HostException(
          "more than " + mostBytes + " bytes of changes would wait in memory: " + lastRefusal);
    }
  }

  /** Applies a batch to the store below, after all that waits; false if the host refuses it. */
  private boolean applyBelow(MetadataBatch batch, AppliedPosition mark) throws IOException {
    try {
      passOn(
          () -> {
            below.apply(batch, mark);
            noteBelowChanged();
          });
      return true;
    } catch (HostException refused) {
      return false;
    }
  }

  /** Lets scans know that changes have left that may not be below when they began. */
  private void noteBelowChanged() {
    lock.lock();
    try {
      buffer = new Buffer(buffer.changes(), buffer.passedOn() + 1);
    } finally {
      lock.unlock();
    }
  }

  /** Adds a batch to the changes in memory; false if it is closed, or they would take more. */
  private boolean keep(MetadataBatch batch, AppliedPosition mark, long maxBytes)
      throws IOException {
    lock.lock();
    try {
      ChangeTable before = buffer.changes();
      long noted = since == null ? 0 : since.memoryBytes();
      ChangeTable after = isClosed ? null : before.with(batch, mark, maxBytes - noted);
      if (after == null) {
        return false;
      }
      if (since != null) {
        since = since.with(batch, mark, Long.MAX_VALUE);
      }
      buffer = new Buffer(after, buffer.passedOn());
      if (guard != null) {
        wakeThread(guard, before.mark() == null || isFull(PASS_ON_BYTES));
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void wakeThread(ThreadGuard threads, boolean isDue) {
    if (thread == null) {
      thread = threads.thread("zonefsj-index", this::passOnWhenDue);
      thread.start();
    } else if (isDue) {
      changed.signal();
    }
  }

  @Override
  public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
    return buffer.changes().get(family, key, below);
  }

  @Override
  public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
      throws IOException {
    Scan scan;
    do {
      scan = new Scan(family, from, to, visitor);
      below.scan(family, from, to, scan);
    } while (!scan.end());
  }

  /**
   * A scan of both sources. The changes are chosen when the scan below has begun: they are all
   * those that it cannot see, unless some have left meanwhile. Then it begins again; nothing was
   * visited yet.
   */
  private final class Scan implements Visitor {
    private final ColumnFamily family;
    private final byte[] from;
    private final byte @Nullable [] to;
    private final Visitor visitor;
    private final long passedOn = buffer.passedOn();
    private boolean isChosen;
    private ChangeTable.@Nullable Merge merge;

    Scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor) {
      this.family = family;
      this.from = from;
      this.to = to;
      this.visitor = visitor;
    }

    /** The merge with the chosen changes; null if they do not belong to the scan below. */
    private ChangeTable.@Nullable Merge merge() {
      if (!isChosen) {
        isChosen = true;
        Buffer now = buffer;
        if (now.passedOn() == passedOn) {
          merge = now.changes().new Merge(family, from, to, visitor);
        }
      }
      return merge;
    }

    @Override
    public boolean visit(byte[] key, byte[] value) throws IOException {
      ChangeTable.Merge both = merge();
      return both != null && both.visitBelow(key, value);
    }

    /** Ends the scan; false if it has to begin again. */
    boolean end() throws IOException {
      ChangeTable.Merge both = merge();
      if (both != null) {
        both.visitRest();
      }
      return both != null;
    }
  }

  /** The applied position of the newest batch, in memory or not. */
  @Override
  public Optional<AppliedPosition> mark() throws IOException {
    AppliedPosition newest = buffer.changes().mark();
    return newest == null ? below.mark() : Optional.of(newest);
  }

  /**
   * {@inheritDoc}
   *
   * @throws HostException also while the host refuses changes
   */
  @Override
  public void flush() throws IOException {
    passOn();
    below.flush();
  }

  /**
   * {@inheritDoc}
   *
   * @throws HostException also while the host refuses changes
   */
  @Override
  public CheckpointContent checkpoint() throws IOException {
    passOn();
    return below.checkpoint();
  }

  /**
   * Rejects calls that require the host to take changes. Any thread may call it.
   *
   * @throws HostException while it refuses them, with its error
   */
  public void checkDrained() throws HostException {
    String why = refusal();
    if (why != null) {
      throw new HostException(why);
    }
  }

  private void checkUsable() throws IOException {
    IOException failed = failure;
    if (failed != null) {
      throw failed;
    }
  }

  @Override
  public void noteStored(CheckpointContent stored) throws IOException {
    below.noteStored(stored);
  }

  /** {@inheritDoc} Changes in memory are compressed in an image, to about half. */
  @Override
  public long imageBytes() {
    // First: what leaves meanwhile counts twice, and not nowhere.
    long bytes = buffer.changes().keyAndValueBytes();
    return below.imageBytes() + bytes / 2;
  }

  /** {@inheritDoc} Most changes in memory replace older values. */
  @Override
  public long compactImageBytes() {
    long bytes = buffer.changes().keyAndValueBytes();
    return below.compactImageBytes() + bytes / 8;
  }

  /** {@inheritDoc} Includes the changes in memory, unless the host refuses them. */
  @Override
  public void compact() throws IOException {
    drainNow();
    below.compact();
  }

  /** Memory of the changes and of the store below. */
  @Override
  public long memoryBytes() {
    return below.memoryBytes() + buffer.changes().memoryBytes();
  }

  /** Closes the store below; changes in memory are lost, as after a crash. */
  @Override
  public void close() throws IOException {
    passing.lock();
    try {
      lock.lock();
      try {
        isClosed = true;
        buffer = new Buffer(ChangeTable.EMPTY, buffer.passedOn() + 1);
        changed.signal();
      } finally {
        lock.unlock();
      }
      below.close();
    } finally {
      passing.unlock();
      awaitEnd();
    }
  }

  private void awaitEnd() {
    Thread ending = thread;
    if (ending != null) {
      try {
        ending.join();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
