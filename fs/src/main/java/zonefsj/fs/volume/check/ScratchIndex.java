package zonefsj.fs.volume.check;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;
import zonefsj.fs.volume.stored.CheckpointManifest;

/**
 * Where a check puts the index that it rebuilds: never where a mount keeps its own. In memory, or,
 * for a checkpoint that only RocksDB reads, in a temporary directory that goes with {@link #close}.
 */
public final class ScratchIndex implements Closeable {
  /** The format of checkpoints that only RocksDB reads. */
  public static final String ROCKS_FORMAT = "rocksdb-sst-1";

  private static final long CACHE_BYTES = 32L << 20;

  private final MetadataStores stores;
  private final @Nullable Path directory;

  private ScratchIndex(MetadataStores stores, @Nullable Path directory) {
    this.stores = stores;
    this.directory = directory;
  }

  /** A place for an index rebuilt from a checkpoint; in memory if there is none. */
  public static ScratchIndex of(@Nullable CheckpointManifest manifest) throws IOException {
    return of(manifest == null ? "" : manifest.format());
  }

  /** A place for an index rebuilt from a checkpoint of a format. */
  public static ScratchIndex of(String format) throws IOException {
    if (!format.equals(ROCKS_FORMAT)) {
      return new ScratchIndex(new MemoryMetadataStores(), null);
    }
    Path directory = Files.createTempDirectory("zonefs-j-check-");
    return new ScratchIndex(
        new RocksMetadataStores(directory.resolve("index"), CACHE_BYTES), directory);
  }

  /** The place. */
  public MetadataStores stores() {
    return stores;
  }

  @Override
  public void close() throws IOException {
    Path root = directory;
    if (root != null) {
      Files.walkFileTree(root, new Deleter());
    }
  }

  private static final class Deleter extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failed)
        throws IOException {
      if (failed != null) {
        throw failed;
      }
      Files.delete(visited);
      return FileVisitResult.CONTINUE;
    }
  }
}
