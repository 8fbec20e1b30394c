// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads sorted keys. Thread-safe; never returns a key of a half-applied batch. */
public interface MetadataReader {
  /** The value of a key; null if it does not exist. The caller must not change the array. */
  byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException;

  /**
   * Visits the entries with {@code from <= key < to} in ascending unsigned order until the visitor
   * stops. Batches applied during the visit may or may not be seen.
   *
   * @param to end, exclusive; null for the end of the column family
   */
  void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
      throws IOException;

  /** Receives entries in ascending order. */
  @FunctionalInterface
  interface Visitor {
    /**
     * @return false to stop
     */
    boolean visit(byte[] key, byte[] value) throws IOException;
  }
}
