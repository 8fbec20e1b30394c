// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;
import zonefsj.tests.HostTrees;

/** Where the index of a filesystem under test is; it can be lost. For one thread. */
public final class ModelIndex implements AutoCloseable {
  private static final long CACHE_BYTES = 4 << 20;

  private final @Nullable Path home;
  private final MetadataStores stores;

  /** In memory, or in a directory that goes with this. */
  public ModelIndex(boolean onDisk) throws IOException {
    home = onDisk ? Files.createTempDirectory("zonefs-j-model-") : null;
    stores =
        home == null
            ? new MemoryMetadataStores()
            : new RocksMetadataStores(home.resolve("index"), CACHE_BYTES);
  }

  /** What a volume takes. */
  public MetadataStores stores() {
    return stores;
  }

  /** All of it is gone; asked only while nothing is mounted. */
  public void lose() throws IOException {
    if (stores instanceof MemoryMetadataStores memory) {
      memory.lose();
    } else if (home != null) {
      HostTrees.delete(home.resolve("index"));
    }
  }

  @Override
  public void close() throws IOException {
    if (home != null) {
      HostTrees.delete(home);
    }
  }
}
