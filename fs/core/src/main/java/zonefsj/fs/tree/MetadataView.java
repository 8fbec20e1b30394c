// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataReader;

/**
 * The metadata after the newest operation: the open batch over the sealed one over the index. Not
 * for {@link ColumnFamily#EXTENTS} and {@link ColumnFamily#ZONES}, which only the committer
 * changes. Lock-free.
 */
public final class MetadataView implements MetadataReader {
  private final BatchGate gate;
  private final MetadataReader index;

  /**
   * @param gate holds the batches
   * @param index lies below them
   */
  public MetadataView(BatchGate gate, MetadataReader index) {
    this.gate = gate;
    this.index = index;
  }

  @Override
  public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
    BatchGate.Layers layers = gate.layers();
    byte[] value = layers.open().of(family).get(key);
    Batch sealed = layers.sealed();
    if (value == null && sealed != null) {
      value = sealed.of(family).get(key);
    }
    if (value == null) {
      return index.get(family, key);
    }
    return Batch.isDeleted(value) ? null : value;
  }

  @Override
  public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
      throws IOException {
    BatchGate.Layers layers = gate.layers();
    Pending pending = new Pending(layers.open().of(family), from, to, null);
    Batch sealed = layers.sealed();
    if (sealed != null) {
      pending = new Pending(layers.open().of(family), from, to, sealed.of(family));
    }
    Merge merge = new Merge(pending, visitor);
    index.scan(family, from, to, merge::fromIndex);
    if (!merge.stopped) {
      merge.upTo(null);
    }
  }

  /** Merges the pending changes into the ascending entries of the index. */
  private static final class Merge {
    private final Pending pending;
    private final Visitor visitor;
    private boolean stopped;

    Merge(Pending pending, Visitor visitor) {
      this.pending = pending;
      this.visitor = visitor;
    }

    boolean fromIndex(byte[] key, byte[] value) throws IOException {
      if (!upTo(key)) {
        return false;
      }
      byte[] over = pending.takeIfAt(key);
      if (over == null) {
        stopped = !visitor.visit(key, value);
      } else if (!Batch.isDeleted(over)) {
        stopped = !visitor.visit(key, over);
      }
      return !stopped;
    }

    /** Visits the pending keys before {@code limit}; all remaining keys if it is null. */
    boolean upTo(byte @Nullable [] limit) throws IOException {
      byte[] key;
      while (!stopped && (key = pending.key()) != null) {
        if (limit != null && Arrays.compareUnsigned(key, limit) >= 0) {
          return true;
        }
        byte[] value = pending.takeIfAt(key);
        if (value != null && !Batch.isDeleted(value)) {
          stopped = !visitor.visit(key, value);
        }
      }
      return !stopped;
    }
  }

  /** The open batch's changes over the sealed one's, ascending. */
  private static final class Pending {
    private final Iterator<Map.Entry<byte[], byte[]>> open;
    private final @Nullable Iterator<Map.Entry<byte[], byte[]>> sealed;
    private Map.@Nullable Entry<byte[], byte[]> nextOpen;
    private Map.@Nullable Entry<byte[], byte[]> nextSealed;

    Pending(
        ConcurrentNavigableMap<byte[], byte[]> open,
        byte[] from,
        byte @Nullable [] to,
        @Nullable ConcurrentNavigableMap<byte[], byte[]> sealed) {
      this.open = range(open, from, to);
      this.sealed = sealed == null ? null : range(sealed, from, to);
      advanceOpen();
      advanceSealed();
    }

    private static Iterator<Map.Entry<byte[], byte[]>> range(
        ConcurrentNavigableMap<byte[], byte[]> map, byte[] from, byte @Nullable [] to) {
      return (to == null ? map.tailMap(from) : map.subMap(from, to)).entrySet().iterator();
    }

    private void advanceOpen() {
      nextOpen = open.hasNext() ? open.next() : null;
    }

    private void advanceSealed() {
      nextSealed = sealed != null && sealed.hasNext() ? sealed.next() : null;
    }

    byte @Nullable [] key() {
      Map.Entry<byte[], byte[]> first = nextOpen;
      Map.Entry<byte[], byte[]> second = nextSealed;
      if (first == null) {
        return second == null ? null : second.getKey();
      }
      return second == null || Arrays.compareUnsigned(first.getKey(), second.getKey()) <= 0
          ? first.getKey()
          : second.getKey();
    }

    /** The newest change of a key if it is the next one; null if the next key is another. */
    byte @Nullable [] takeIfAt(byte[] key) {
      byte[] value = null;
      Map.Entry<byte[], byte[]> second = nextSealed;
      if (second != null && Arrays.equals(second.getKey(), key)) {
        value = second.getValue();
        advanceSealed();
      }
      Map.Entry<byte[], byte[]> first = nextOpen;
      if (first != null && Arrays.equals(first.getKey(), key)) {
        value = first.getValue();
        advanceOpen();
      }
      return value;
    }
  }
}
