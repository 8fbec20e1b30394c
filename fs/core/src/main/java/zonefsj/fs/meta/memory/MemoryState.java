// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.memory;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;

/** One immutable state of a store: all column families and the applied position. */
final class MemoryState {
  static final MemoryState EMPTY = new MemoryState(emptyFamilies(), null, 0);

  private final SortedBytes[] families;
  private final @Nullable AppliedPosition mark;

  /** Bytes added by put, never less than the present content; only for status. */
  private final long bytesPut;

  private MemoryState(SortedBytes[] families, @Nullable AppliedPosition mark, long bytesPut) {
    this.families = families;
    this.mark = mark;
    this.bytesPut = bytesPut;
  }

  @Nullable AppliedPosition mark() {
    return mark;
  }

  long bytesPut() {
    return bytesPut;
  }

  SortedBytes family(ColumnFamily family) {
    return families[family.number()];
  }

  /** The state after a batch. If reading the batch fails, nothing changes. */
  MemoryState after(MetadataBatch batch, AppliedPosition newMark) throws IOException {
    Builder builder = new Builder(families.clone(), bytesPut);
    batch.forEach(builder);
    return new MemoryState(builder.changed, newMark, builder.bytes);
  }

  private static SortedBytes[] emptyFamilies() {
    SortedBytes[] empty = new SortedBytes[ColumnFamily.values().length];
    Arrays.fill(empty, SortedBytes.EMPTY);
    return empty;
  }

  private static final class Builder implements MetadataBatch.Sink {
    final SortedBytes[] changed;
    long bytes;

    Builder(SortedBytes[] changed, long bytes) {
      this.changed = changed;
      this.bytes = bytes;
    }

    @Override
    public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) {
      SortedBytes old = changed[family.number()];
      if (value == null) {
        changed[family.number()] = old.remove(key);
      } else {
        bytes += key.length + value.length;
        // The caller may reuse its arrays.
        changed[family.number()] = old.put(key.clone(), value.clone());
      }
    }

    @Override
    public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
      changed[family.number()] = changed[family.number()].removeRange(from, to);
    }
  }
}
