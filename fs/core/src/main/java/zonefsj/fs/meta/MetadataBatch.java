// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Idempotent changes of keys that are applied atomically. The order matters only between a range
 * and the keys inside it: later changes win.
 */
public interface MetadataBatch {
  /** Replays the changes in order. */
  void forEach(Sink sink) throws IOException;

  /** Receives the changes of a batch. */
  interface Sink {
    /** Sets ({@code value} not null) or deletes one key. */
    void put(ColumnFamily family, byte[] key, byte @Nullable [] value) throws IOException;

    /** Deletes all keys with {@code from <= key < to}. */
    void deleteRange(ColumnFamily family, byte[] from, byte[] to) throws IOException;
  }
}
