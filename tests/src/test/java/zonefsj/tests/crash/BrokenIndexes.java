// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** What a crash leaves of an index that breaks its promises. */
final class BrokenIndexes {
  /** Where an inode's record has its link count. */
  private static final int LINKS_OFFSET = 5;

  private BrokenIndexes() {}

  private static Optional<AppliedPosition> markOf(MemoryMetadataStores stores) throws IOException {
    Optional<MetadataStore> opened = stores.copyOfDurable().openExisting();
    return opened.isPresent() ? opened.get().mark() : Optional.empty();
  }

  /** The mark came to the disk and the batches did not. */
  static MetadataStores markAhead(MemoryMetadataStores left, MemoryMetadataStores newest)
      throws IOException {
    return new ForgedStores(left, markOf(newest));
  }

  /** Entries came to the disk when the other families and the mark did not, or the reverse. */
  static MetadataStores familiesApart(MemoryMetadataStores left, MemoryMetadataStores newest)
      throws IOException {
    Optional<MetadataStore> older = left.copyOfDurable().openExisting();
    return older.isEmpty()
        ? left
        : new DelegatingStores(newest) {
          @Override
          protected MetadataStore existing(MetadataStore store) {
            return new Apart(store, older.get());
          }
        };
  }

  /** Batches came to the disk without the mark, and are not applied twice with impunity. */
  static MetadataStores appliedTwice(MemoryMetadataStores left, MemoryMetadataStores newest)
      throws IOException {
    Optional<AppliedPosition> older = markOf(left);
    return older.isEmpty()
        ? left
        : new DelegatingStores(newest) {
          @Override
          protected MetadataStore existing(MetadataStore store) {
            return new Counting(store, older);
          }
        };
  }

  private static final class Apart extends DelegatingStore {
    private final MetadataStore older;

    Apart(MetadataStore store, MetadataStore older) {
      super(store);
      this.older = older;
    }

    @Override
    public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
      super.apply(batch, mark);
      older.apply(batch, mark);
    }

    @Override
    public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
      return family == ColumnFamily.ENTRIES ? older.get(family, key) : super.get(family, key);
    }

    @Override
    public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
        throws IOException {
      if (family == ColumnFamily.ENTRIES) {
        older.scan(family, from, to, visitor);
      } else {
        super.scan(family, from, to, visitor);
      }
    }
  }

  /** Counts one more link when an inode's record is put that is there already. */
  private static final class Counting extends DelegatingStore {
    private final Optional<AppliedPosition> claimed;
    private boolean replayed;

    Counting(MetadataStore store, Optional<AppliedPosition> claimed) {
      super(store);
      this.claimed = claimed;
    }

    @Override
    public Optional<AppliedPosition> mark() throws IOException {
      return replayed ? super.mark() : claimed;
    }

    @Override
    public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
      replayed = true;
      super.apply(
          sink ->
              batch.forEach(
                  new MetadataBatch.Sink() {
                    @Override
                    public void put(ColumnFamily family, byte[] key, byte @Nullable [] value)
                        throws IOException {
                      boolean again =
                          family == ColumnFamily.INODES && Arrays.equals(get(family, key), value);
                      sink.put(family, key, again && value != null ? oneMore(value) : value);
                    }

                    @Override
                    public void deleteRange(ColumnFamily family, byte[] from, byte[] to)
                        throws IOException {
                      sink.deleteRange(family, from, to);
                    }
                  }),
          mark);
    }

    private static byte[] oneMore(byte[] inode) {
      byte[] more = inode.clone();
      ByteBuffer bytes = ByteBuffer.wrap(more);
      bytes.putInt(LINKS_OFFSET, bytes.getInt(LINKS_OFFSET) + 1);
      return more;
    }
  }
}
