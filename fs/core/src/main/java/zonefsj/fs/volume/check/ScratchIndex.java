// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;
import zonefsj.fs.volume.stored.CheckpointManifest;

/**
 * The place of the index that a check rebuilds, never that of a mount: in memory, or, for a
 * checkpoint that only RocksDB reads, in a directory of the {@link Scratch}, which {@link #close}
 * deletes.
 */
public final class ScratchIndex implements Closeable {
  /** The format of checkpoints that only RocksDB reads. */
  public static final String ROCKS_FORMAT = "rocksdb-sst-1";

  private static final long CACHE_BYTES = 32L << 20;

  private final MetadataStores stores;
  private final Scratch.@Nullable Held directory;

  private ScratchIndex(MetadataStores stores, Scratch.@Nullable Held directory) {
    this.stores = stores;
    this.directory = directory;
  }

  /** A place for an index rebuilt from a checkpoint; in memory if there is none. */
  public static ScratchIndex of(@Nullable CheckpointManifest manifest, Scratch scratch)
      throws IOException {
    return of(manifest == null ? "" : manifest.format(), scratch);
  }

  /** A place for an index rebuilt from a checkpoint of a format. */
  public static ScratchIndex of(String format, Scratch scratch) throws IOException {
    if (!format.equals(ROCKS_FORMAT)) {
      return new ScratchIndex(new MemoryMetadataStores(), null);
    }
    Scratch.Held held = scratch.take();
    return new ScratchIndex(
        RocksMetadataStores.scratch(held.path().resolve("index"), CACHE_BYTES), held);
  }

  /** The place. */
  public MetadataStores stores() {
    return stores;
  }

  @Override
  public void close() throws IOException {
    Scratch.Held held = directory;
    if (held != null) {
      held.close();
    }
  }
}
