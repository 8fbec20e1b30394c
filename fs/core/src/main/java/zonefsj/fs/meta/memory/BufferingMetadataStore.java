// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;

/**
 * Buffers changes in memory while the store below accepts none because of the host, in particular
 * while a disk is full, and passes them on when it accepts changes again. Reads include the
 * buffered changes. All other calls go to the store below.
 *
 * <p>The buffered changes reach the store below as one batch with the newest applied position, so
 * its content stays a prefix of the applied batches. The buffer is bounded: a batch beyond the
 * bound is refused with a HostException and is not applied.
 *
 * <p>Memory: about 112 bytes for each buffered key, plus the key and its value; none while nothing
 * is buffered.
 *
 * <p>Threading: as the store below. One thread at a time calls {@link #apply} and {@link
 * #drainIfDue}. A scan delays the transfer of buffered changes until it has ended.
 */
public final class BufferingMetadataStore implements MetadataStore {
  /** Approximate memory of a buffered key: a tree node, two array headers, and alignment. */
  public static final int ENTRY_OVERHEAD_BYTES = 112;

  private static final long RETRY_MILLIS = 1000;

  /** Time to wait for readers; readers that arrive meanwhile wait as long. */
  private static final long LOCK_MILLIS = 100;

  /** Marks a deleted key; compared by identity, because values may be empty. */
  private static final byte[] DELETED = new byte[0];

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
   * Buffered changes of a column family.
   *
   * @param hidden keys of the store below that range deletions cover
   * @param changed keys that were put or deleted individually; they take precedence over {@code
   *     hidden}
   */
  private record FamilyChanges(KeyRanges hidden, SortedBytes changed) {
    static final FamilyChanges NONE = new FamilyChanges(KeyRanges.EMPTY, SortedBytes.EMPTY);

    long keys() {
      return hidden.ranges().size() + changed.size();
    }

    long bytes() {
      return hidden.ranges().bytes() + changed.bytes();
    }

    FamilyChanges put(byte[] key, byte[] value) {
      return new FamilyChanges(hidden, changed.put(key, value));
    }

    FamilyChanges deleteRange(byte[] from, byte[] to) {
      return new FamilyChanges(hidden.with(from, to), changed.removeRange(from, to));
    }

    void replay(ColumnFamily family, MetadataBatch.Sink sink) throws IOException {
      for (SortedBytes.Entry range = hidden.ranges().first();
          range != null;
          range = hidden.ranges().after(range.key())) {
        sink.deleteRange(family, range.key(), range.value());
      }
      for (SortedBytes.Entry entry = changed.first();
          entry != null;
          entry = changed.after(entry.key())) {
        sink.put(family, entry.key(), valueOf(entry));
      }
    }
  }

  private record Changes(List<FamilyChanges> families, AppliedPosition mark, String why) {
    long keys() {
      return families.stream().mapToLong(FamilyChanges::keys).sum();
    }

    long keyAndValueBytes() {
      return families.stream().mapToLong(FamilyChanges::bytes).sum();
    }

    long memoryBytes() {
      return keyAndValueBytes() + keys() * ENTRY_OVERHEAD_BYTES;
    }

    FamilyChanges of(ColumnFamily family) {
      return families.get(family.number());
    }
  }

  private final MetadataStore below;
  private final long mostBytes;
  private final LongSupplier elapsedMillis;

  /** Held for reading by scans of both sources, for writing while one moves into the other. */
  private final ReentrantReadWriteLock sources = new ReentrantReadWriteLock();

  private volatile @Nullable Changes changes;
  private long triedMillis;

  /**
   * Creates an empty buffer.
   *
   * @param below the store that receives the changes; owned from now on
   * @param mostBytes approximate limit of the buffer's memory
   * @param elapsedMillis milliseconds since some instant
   */
  public BufferingMetadataStore(MetadataStore below, long mostBytes, LongSupplier elapsedMillis) {
    this.below = below;
    this.mostBytes = mostBytes;
    this.elapsedMillis = elapsedMillis;
  }

  /** The buffered changes; empty if the store below has everything. Any thread may call it. */
  public Optional<BufferedChanges> buffered() {
    Changes now = changes;
    return now == null
        ? Optional.empty()
        : Optional.of(new BufferedChanges(now.why(), now.keys(), now.memoryBytes(), mostBytes));
  }

  /** Memory that more changes may take. Any thread may call it. */
  public long freeBytes() {
    Changes now = changes;
    return mostBytes - (now == null ? 0 : now.memoryBytes());
  }

  /**
   * Passes the buffered changes on if the store below accepts them; tries at most once a second.
   *
   * @return whether nothing is buffered any more
   */
  public boolean drainIfDue() throws IOException {
    Changes now = changes;
    if (now == null) {
      return true;
    }
    return elapsedMillis.getAsLong() - triedMillis >= RETRY_MILLIS && drainNow();
  }

  /** As {@link #drainIfDue}, regardless of the time of the last attempt. */
  public boolean drainNow() throws IOException {
    Changes now = changes;
    try {
      return now == null || tryDrain(now);
    } catch (HostException still) {
      return false;
    } finally {
      triedMillis = elapsedMillis.getAsLong();
    }
  }

  /**
   * @return false if readers prevent the transfer
   */
  private boolean tryDrain(Changes now) throws IOException {
    Optional<AppliedPosition> mark = below.mark();
    if (mark.isPresent()) {
      // An empty batch tests whether the host accepts changes, at no cost.
      below.apply(sink -> {}, mark.get());
    }
    try {
      if (!sources.writeLock().tryLock(LOCK_MILLIS, TimeUnit.MILLISECONDS)) {
        return false;
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
    try {
      below.apply(sink -> replay(now, sink), now.mark());
      changes = null;
      return true;
    } finally {
      sources.writeLock().unlock();
    }
  }

  private static void replay(Changes now, MetadataBatch.Sink sink) throws IOException {
    for (ColumnFamily family : ColumnFamily.values()) {
      now.of(family).replay(family, sink);
    }
  }

  private static byte @Nullable [] valueOf(SortedBytes.Entry entry) {
    return entry.value() == DELETED ? null : entry.value();
  }

  /**
   * {@inheritDoc}
   *
   * @throws HostException if the host accepts no changes and the buffer is full
   */
  @Override
  public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
    if (drainIfDue()) {
      try {
        below.apply(batch, mark);
        return;
      } catch (HostException refused) {
        triedMillis = elapsedMillis.getAsLong();
        changes = hold(noChanges(), batch, mark, refused.getMessage());
        return;
      }
    }
    Changes now = changes;
    if (now == null) {
      throw new IllegalStateException("two threads apply batches");
    }
    changes = hold(now.families(), batch, mark, now.why());
  }

  private Changes hold(
      List<FamilyChanges> families, MetadataBatch batch, AppliedPosition mark, @Nullable String why)
      throws IOException {
    Holder holder = new Holder(families, mark, why == null ? "" : why);
    batch.forEach(holder);
    return holder.withinLimit();
  }

  private static List<FamilyChanges> noChanges() {
    return Collections.nCopies(ColumnFamily.values().length, FamilyChanges.NONE);
  }

  /** Adds a batch to the buffered changes; looks now and then whether they exceed the limit. */
  private final class Holder implements MetadataBatch.Sink {
    private static final int CHANGES_BETWEEN_LOOKS = 1000;

    private final List<FamilyChanges> families;
    private final AppliedPosition mark;
    private final String why;
    private int added;

    Holder(List<FamilyChanges> before, AppliedPosition mark, String why) {
      this.families = new ArrayList<>(before);
      this.mark = mark;
      this.why = why;
    }

    Changes withinLimit() throws HostException {
      Changes all = new Changes(List.copyOf(families), mark, why);
      if (all.memoryBytes() > mostBytes) {
        throw new HostException(
            "more than " + mostBytes + " bytes of changes would wait in memory: " + why);
      }
      return all;
    }

    private void change(ColumnFamily family, FamilyChanges changed) throws HostException {
      families.set(family.number(), changed);
      if (++added % CHANGES_BETWEEN_LOOKS == 0) {
        withinLimit();
      }
    }

    @Override
    public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) throws HostException {
      // The caller may reuse its arrays.
      byte[] kept = value == null ? DELETED : value.clone();
      change(family, families.get(family.number()).put(key.clone(), kept));
    }

    @Override
    public void deleteRange(ColumnFamily family, byte[] from, byte[] to) throws HostException {
      change(family, families.get(family.number()).deleteRange(from, to));
    }
  }

  @Override
  public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
    Changes now = changes;
    if (now == null) {
      return below.get(family, key);
    }
    FamilyChanges buffered = now.of(family);
    byte[] value = buffered.changed().get(key);
    if (value == null) {
      return buffered.hidden().contains(key) ? null : below.get(family, key);
    }
    return value == DELETED ? null : value;
  }

  @Override
  public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
      throws IOException {
    if (changes == null) {
      below.scan(family, from, to, visitor);
      return;
    }
    sources.readLock().lock();
    try {
      Changes now = changes;
      if (now == null) {
        below.scan(family, from, to, visitor);
      } else {
        new Merge(now.of(family), from, to, visitor).run(family);
      }
    } finally {
      sources.readLock().unlock();
    }
  }

  /** A merged scan of the buffered changes and of the store below. */
  private final class Merge {
    private final FamilyChanges buffered;
    private final byte[] from;
    private final byte @Nullable [] to;
    private final Visitor visitor;
    private SortedBytes.@Nullable Entry next;
    private boolean goesOn = true;

    Merge(FamilyChanges buffered, byte[] from, byte @Nullable [] to, Visitor visitor) {
      this.buffered = buffered;
      this.from = from;
      this.to = to;
      this.visitor = visitor;
      this.next = buffered.changed().atOrAfter(from);
    }

    void run(ColumnFamily family) throws IOException {
      below.scan(family, from, to, this::visitBelow);
      while (goesOn) {
        SortedBytes.Entry entry = next;
        if (entry == null || (to != null && Arrays.compareUnsigned(entry.key(), to) >= 0)) {
          return;
        }
        visitHeld(entry);
      }
    }

    private boolean visitBelow(byte[] key, byte[] value) throws IOException {
      while (goesOn) {
        SortedBytes.Entry entry = next;
        int order = entry == null ? 1 : Arrays.compareUnsigned(entry.key(), key);
        if (entry == null || order > 0) {
          goesOn = buffered.hidden().contains(key) || visitor.visit(key, value);
          break;
        }
        visitHeld(entry);
        if (order == 0) {
          break;
        }
      }
      return goesOn;
    }

    private void visitHeld(SortedBytes.Entry entry) throws IOException {
      next = buffered.changed().after(entry.key());
      byte[] value = valueOf(entry);
      if (value != null) {
        // The visitor may keep its key; ours must not change.
        goesOn = visitor.visit(entry.key().clone(), value);
      }
    }
  }

  /** The applied position of the newest batch, buffered or not. */
  @Override
  public Optional<AppliedPosition> mark() throws IOException {
    Changes now = changes;
    return now == null ? below.mark() : Optional.of(now.mark());
  }

  /**
   * {@inheritDoc}
   *
   * @throws HostException also while changes are buffered
   */
  @Override
  public void flush() throws IOException {
    checkDrained();
    below.flush();
  }

  /**
   * {@inheritDoc}
   *
   * @throws HostException also while changes are buffered
   */
  @Override
  public CheckpointContent checkpoint() throws IOException {
    checkDrained();
    return below.checkpoint();
  }

  /**
   * Rejects calls that require the store below to have everything. Any thread may call it.
   *
   * @throws HostException while changes are buffered, with the error of the host
   */
  public void checkDrained() throws HostException {
    Changes now = changes;
    if (now != null) {
      throw new HostException(now.why());
    }
  }

  @Override
  public void noteStored(CheckpointContent stored) throws IOException {
    below.noteStored(stored);
  }

  /** {@inheritDoc} Buffered changes are compressed in an image, to about half. */
  @Override
  public long imageBytes() {
    return below.imageBytes() + bufferedBytes() / 2;
  }

  /** {@inheritDoc} Most buffered changes replace older values. */
  @Override
  public long compactImageBytes() {
    return below.compactImageBytes() + bufferedBytes() / 8;
  }

  private long bufferedBytes() {
    Changes now = changes;
    return now == null ? 0 : now.keyAndValueBytes();
  }

  @Override
  public void compact() throws IOException {
    below.compact();
  }

  /** Memory of the buffered changes and of the store below. */
  @Override
  public long memoryBytes() {
    Changes now = changes;
    return below.memoryBytes() + (now == null ? 0 : now.memoryBytes());
  }

  /** Closes the store below; buffered changes are lost, as after a crash. */
  @Override
  public void close() throws IOException {
    below.close();
  }
}
