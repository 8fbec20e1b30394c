// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataReader;

/**
 * The changes of consecutive batches as one: the last change of each key. Immutable: a further
 * batch gives a new table, which shares most of its memory with the old one.
 */
final class ChangeTable implements MetadataBatch {
  /** Approximate memory of a changed key: a tree node, two array headers, and alignment. */
  static final int ENTRY_OVERHEAD_BYTES = 112;

  static final ChangeTable EMPTY =
      new ChangeTable(Collections.nCopies(ColumnFamily.values().length, FamilyChanges.NONE), null);

  /** Marks a deleted key; compared by identity, because values may be empty. */
  private static final byte[] DELETED = new byte[0];

  /**
   * Changes of a column family.
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

    void forEach(ColumnFamily family, Sink sink) throws IOException {
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

  private final List<FamilyChanges> families;
  private final @Nullable AppliedPosition mark;

  private ChangeTable(List<FamilyChanges> families, @Nullable AppliedPosition mark) {
    this.families = families;
    this.mark = mark;
  }

  /** Position of the last batch; null if there was none. */
  @Nullable AppliedPosition mark() {
    return mark;
  }

  /** Number of changed keys and deleted ranges. */
  long keys() {
    return families.stream().mapToLong(FamilyChanges::keys).sum();
  }

  /** Bytes of keys and values. */
  long keyAndValueBytes() {
    return families.stream().mapToLong(FamilyChanges::bytes).sum();
  }

  /** Approximate memory. */
  long memoryBytes() {
    return keyAndValueBytes() + keys() * ENTRY_OVERHEAD_BYTES;
  }

  /**
   * The table with a further batch; null if it would take more memory than that.
   *
   * @param newMark position of the batch
   * @param maxBytes approximate limit of the memory
   * @throws IOException if the batch cannot be read
   */
  @Nullable ChangeTable with(MetadataBatch batch, AppliedPosition newMark, long maxBytes)
      throws IOException {
    try {
      Builder builder = new Builder(families, maxBytes);
      batch.forEach(builder);
      return builder.build(newMark);
    } catch (FullException full) {
      return null;
    }
  }

  /** Replays the changes: the deleted ranges of a column family first. */
  @Override
  public void forEach(Sink sink) throws IOException {
    for (ColumnFamily family : ColumnFamily.values()) {
      of(family).forEach(family, sink);
    }
  }

  private FamilyChanges of(ColumnFamily family) {
    return families.get(family.number());
  }

  private static byte @Nullable [] valueOf(SortedBytes.Entry entry) {
    return entry.value() == DELETED ? null : entry.value();
  }

  /** The value of a key above a store; null if it does not exist. */
  byte @Nullable [] get(ColumnFamily family, byte[] key, MetadataReader below) throws IOException {
    FamilyChanges changes = of(family);
    byte[] value = changes.changed.get(key);
    if (value == null) {
      return changes.hidden.contains(key) ? null : below.get(family, key);
    }
    return value == DELETED ? null : value;
  }

  /**
   * A merged scan: takes the entries of the store below one by one, and passes them on with the
   * changes.
   */
  final class Merge {
    private final FamilyChanges changes;
    private final byte @Nullable [] to;
    private final MetadataReader.Visitor visitor;
    private SortedBytes.@Nullable Entry next;
    private boolean goesOn = true;

    /** As {@link MetadataReader#scan}. */
    Merge(ColumnFamily family, byte[] from, byte @Nullable [] to, MetadataReader.Visitor visitor) {
      this.changes = of(family);
      this.to = to;
      this.visitor = visitor;
      this.next = changes.changed.atOrAfter(from);
    }

    /** Takes the next entry of the store below; false to stop. */
    boolean visitBelow(byte[] key, byte[] value) throws IOException {
      while (goesOn) {
        SortedBytes.Entry entry = next;
        int order = entry == null ? 1 : Arrays.compareUnsigned(entry.key(), key);
        if (entry == null || order > 0) {
          goesOn = changes.hidden.contains(key) || visitor.visit(key, value);
          break;
        }
        visitChanged(entry);
        if (order == 0) {
          break;
        }
      }
      return goesOn;
    }

    /** Passes the changes on that are behind the last entry of the store below. */
    void visitRest() throws IOException {
      while (goesOn) {
        SortedBytes.Entry entry = next;
        if (entry == null || (to != null && Arrays.compareUnsigned(entry.key(), to) >= 0)) {
          return;
        }
        visitChanged(entry);
      }
    }

    private void visitChanged(SortedBytes.Entry entry) throws IOException {
      next = changes.changed.after(entry.key());
      byte[] value = valueOf(entry);
      if (value != null) {
        // The visitor may keep its key; ours must not change.
        goesOn = visitor.visit(entry.key().clone(), value);
      }
    }
  }

  /** The changes exceed the limit. */
  private static final class FullException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** Adds a batch; looks now and then whether the changes exceed the limit. */
  private static final class Builder implements Sink {
    private static final int CHANGES_BETWEEN_LOOKS = 1000;

    private final List<FamilyChanges> families;
    private final long maxBytes;
    private int added;

    Builder(List<FamilyChanges> before, long maxBytes) {
      this.families = new ArrayList<>(before);
      this.maxBytes = maxBytes;
    }

    ChangeTable build(@Nullable AppliedPosition mark) throws FullException {
      ChangeTable all = new ChangeTable(List.copyOf(families), mark);
      if (all.memoryBytes() > maxBytes) {
        throw new FullException();
      }
      return all;
    }

    private void change(ColumnFamily family, FamilyChanges changed) throws FullException {
      families.set(family.number(), changed);
      if (++added % CHANGES_BETWEEN_LOOKS == 0) {
        build(null);
      }
    }

    @Override
    public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) throws FullException {
      // The caller may reuse its arrays.
      byte[] kept = value == null ? DELETED : value.clone();
      change(family, families.get(family.number()).put(key.clone(), kept));
    }

    @Override
    public void deleteRange(ColumnFamily family, byte[] from, byte[] to) throws FullException {
      change(family, families.get(family.number()).deleteRange(from, to));
    }
  }
}
