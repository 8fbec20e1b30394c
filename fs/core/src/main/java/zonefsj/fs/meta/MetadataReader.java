// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads sorted keys. Thread-safe; never returns a half-applied batch's key. */
public interface MetadataReader {
  /** The value of a key; null when it is not there. The caller must not change the array. */
  byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException;

  /**
   * Visits the entries with {@code from <= key < to} in ascending unsigned order until the visitor
   * says stop. What is applied during the visit may or may not be seen.
   *
   * @param to end, exclusive; null for the family's end
   */
  void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
      throws IOException;

  /** Takes entries in ascending order. */
  @FunctionalInterface
  interface Visitor {
    /**
     * @return false to stop
     */
    boolean visit(byte[] key, byte[] value) throws IOException;
  }
}
