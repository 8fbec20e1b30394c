// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;

/** Translates a {@link MetadataBatch} to a RocksDB batch, in the same order. */
final class BatchWriter implements MetadataBatch.Sink {
  private final IndexDirectory directory;
  private final OpenIndex index;
  private final WriteBatch changes;

  BatchWriter(IndexDirectory directory, OpenIndex index, WriteBatch changes) {
    this.directory = directory;
    this.index = index;
    this.changes = changes;
  }

  @Override
  public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) throws IOException {
    try {
      if (value == null) {
        changes.delete(index.family(family), key);
      } else {
        changes.put(index.family(family), key, value);
      }
    } catch (RocksDBException e) {
      throw RocksErrors.failed(directory, "prepare a change", e);
    }
  }

  @Override
  public void deleteRange(ColumnFamily family, byte[] from, byte[] to) throws IOException {
    if (Arrays.compareUnsigned(from, to) >= 0) {
      // Skip it: RocksDB would reject the whole batch after applying a part.
      return;
    }
    try {
      changes.deleteRange(index.family(family), from, to);
    } catch (RocksDBException e) {
      throw RocksErrors.failed(directory, "prepare a change", e);
    }
  }
}
