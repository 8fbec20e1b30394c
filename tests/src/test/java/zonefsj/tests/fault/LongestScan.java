// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/**
 * Stores that count how many extents one scan visits at most, and how many scans begin with the
 * first extent of all. For one thread.
 */
final class LongestScan extends DelegatingStores {
  private int longest;
  private int fromTheFirst;

  LongestScan(MetadataStores delegate) {
    super(delegate);
  }

  /** How many the longest scan visited since this was asked last. */
  int take() {
    int extents = longest;
    longest = 0;
    return extents;
  }

  /** How many scans began with the first extent since this was asked last. */
  int takeScansFromTheFirst() {
    int scans = fromTheFirst;
    fromTheFirst = 0;
    return scans;
  }

  @Override
  protected MetadataStore existing(MetadataStore store) {
    return new DelegatingStore(store) {
      @Override
      public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
          throws IOException {
        int[] visited = {0};
        fromTheFirst += family == ColumnFamily.EXTENTS && from.length == 0 ? 1 : 0;
        super.scan(
            family,
            from,
            to,
            (key, value) -> {
              visited[0]++;
              return visitor.visit(key, value);
            });
        longest = family == ColumnFamily.EXTENTS ? Math.max(longest, visited[0]) : longest;
      }
    };
  }
}
