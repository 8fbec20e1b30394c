// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/**
 * Stores that count how many extents one scan visits at most, and how many scans begin with the
 * first extent of all. Thread-safe.
 */
final class LongestScan extends DelegatingStores {
  private final AtomicInteger longest = new AtomicInteger();
  private final AtomicInteger fromTheFirst = new AtomicInteger();

  LongestScan(MetadataStores delegate) {
    super(delegate);
  }

  /** How many the longest scan visited since this was asked last. */
  int take() {
    return longest.getAndSet(0);
  }

  /** How many scans began with the first extent since this was asked last. */
  int takeScansFromTheFirst() {
    return fromTheFirst.getAndSet(0);
  }

  @Override
  protected MetadataStore existing(MetadataStore store) {
    return new DelegatingStore(store) {
      @Override
      public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
          throws IOException {
        int[] visited = {0};
        if (family == ColumnFamily.EXTENTS && from.length == 0) {
          fromTheFirst.incrementAndGet();
        }
        super.scan(
            family,
            from,
            to,
            (key, value) -> {
              visited[0]++;
              return visitor.visit(key, value);
            });
        if (family == ColumnFamily.EXTENTS) {
          longest.accumulateAndGet(visited[0], Math::max);
        }
      }
    };
  }
}
