// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.rocksdb.RocksDBException;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.rocks.image.ImageCheck;
import zonefsj.fs.meta.rocks.image.ImageDamagedException;

/**
 * The location of an index in a directory of the host. The directory, and its siblings whose names
 * begin with its name and a dot, belong to this index alone; see {@code IndexDirectory}.
 *
 * <p>An index that cannot be opened because of damage is set aside. If it cannot be opened for
 * another reason (no space, no permission, in use), a HostException is thrown and the index stays,
 * because the cause may pass.
 *
 * <p>The directory is locked while a store is open, also against other processes.
 */
public final class RocksMetadataStores implements MetadataStores {
  /**
   * A system property that passes checkpoints to RocksDB unchecked: the last resort for one's own
   * drive if a valid checkpoint is rejected.
   */
  private static final String TRUSTED = "zonefsj.checkpoint.trusted";

  private final IndexDirectory directory;
  private final long cacheBytes;
  private volatile String damageFound = "";

  /**
   * Accesses no files yet.
   *
   * @param directory directory of the index; created with mode 0700, as its missing parents
   * @param cacheBytes size of the block cache, at least 1 MiB; RocksDB's write buffers take up to
   *     16 MiB more
   */
  public RocksMetadataStores(Path directory, long cacheBytes) {
    this(new IndexDirectory(directory, IndexDirectory.Use.MOUNT), cacheBytes);
  }

  private RocksMetadataStores(IndexDirectory directory, long cacheBytes) {
    if (cacheBytes < 1 << 20) {
      throw new IllegalArgumentException("the cache of the index is at least 1 MiB");
    }
    this.directory = directory;
    this.cacheBytes = cacheBytes;
  }

  /**
   * The place of a short-lived index that a check or repair builds from a drive. What an image of
   * the drive contains is checked before, so damage that an open index finds is a failure of the
   * host: all its errors are HostExceptions.
   *
   * @param directory as for a mount
   * @param cacheBytes as for a mount
   */
  public static RocksMetadataStores scratch(Path directory, long cacheBytes) {
    return new RocksMetadataStores(
        new IndexDirectory(directory, IndexDirectory.Use.SCRATCH), cacheBytes);
  }

  @Override
  public Optional<MetadataStore> openExisting() throws IOException {
    damageFound = "";
    return HostException.at(directory, this::openOwn);
  }

  private Optional<MetadataStore> openOwn() throws IOException {
    return locked(
        lock -> {
          directory.removeLeftovers();
          if (!directory.isPresent()) {
            return Optional.empty();
          }
          String noted = directory.notedDamage();
          if (!noted.isEmpty()) {
            damageFound = noted;
            directory.setAside(noted);
            return Optional.empty();
          }
          return directory.makingSpace(
              () -> {
                NativeLibrary.load(directory);
                return openOrSetAside(lock);
              },
              this::checkLibraryFits);
        });
  }

  /** What else an open or a new index needs is not known. */
  private void checkLibraryFits() throws IOException {
    directory.checkRemovalFrees(NativeLibrary.missingBytes());
  }

  private Optional<MetadataStore> openOrSetAside(DirectoryLock lock) throws IOException {
    try {
      return Optional.of(open(OpenIndex.Mode.EXISTING, lock));
    } catch (RocksDBException e) {
      if (!RocksErrors.isDamage(e)) {
        throw RocksErrors.atHost(directory, "open", e);
      }
      damageFound = "it cannot be opened: " + RocksErrors.words(e);
      directory.setAside(damageFound);
      return Optional.empty();
    }
  }

  @Override
  public String damageFound() {
    return damageFound;
  }

  @Override
  public MetadataStore create() throws IOException {
    return HostException.at(directory, this::createOwn);
  }

  private MetadataStore createOwn() throws IOException {
    return locked(
            lock -> {
              directory.removeLeftovers();
              directory.setAside("a new index is made");
              return Optional.of(
                  directory.makingSpace(
                      () -> {
                        HostException.doAt(directory, () -> NativeLibrary.load(directory));
                        return createIn(lock);
                      },
                      this::checkLibraryFits));
            })
        .orElseThrow();
  }

  /** There may be a part of an index that the host's disk did not take. */
  private MetadataStore createIn(DirectoryLock lock) throws IOException {
    return HostException.at(
        directory,
        () -> {
          directory.make();
          directory.clear();
          return openNew(OpenIndex.Mode.NEW, lock);
        });
  }

  @Override
  public MetadataStore restore(CheckpointContent content) throws IOException {
    if (!content.format().equals(RocksCheckpoint.FORMAT)) {
      throw new IOException(
          directory
              + " cannot be made from a checkpoint of format "
              + content.format()
              + ", only from "
              + RocksCheckpoint.FORMAT);
    }
    return locked(
            lock -> {
              directory.makingSpace(
                  () -> {
                    HostException.doAt(directory, this::prepare);
                    return extractAndProve(content);
                  },
                  () -> checkRemovalHelps(content));
              HostException.doAt(directory, this::replaceByNew);
              return Optional.of(
                  directory.makingSpace(() -> openNew(OpenIndex.Mode.EXISTING, lock)));
            })
        .orElseThrow();
  }

  private void prepare() throws IOException {
    directory.removeLeftovers();
    NativeLibrary.load(directory);
  }

  /**
   * Checks that a removal of the set-aside indexes leaves enough space, and that the drive can read
   * the checkpoint.
   */
  private void checkRemovalHelps(CheckpointContent content) throws IOException {
    checkLibraryFits();
    RocksCheckpoint.checkRoom(
        content, directory.parent(), HostException.at(directory, directory::bytesWithoutAsides));
    RocksCheckpoint.verify(content);
  }

  /** Replaces the old index after the new one was verified. */
  private void replaceByNew() throws IOException {
    directory.setAside("an index is made from a checkpoint");
    Files.deleteIfExists(directory.path());
    Files.move(directory.sibling("new"), directory.path());
    IndexDirectory.sync(directory.parent());
  }

  /**
   * Leaves a verified index in DIR.new, or nothing.
   *
   * @return the directory
   */
  private Path extractAndProve(CheckpointContent content) throws IOException {
    Path fresh = directory.sibling("new");
    boolean good = false;
    try {
      HostException.doAt(directory, () -> IndexDirectory.createNew(fresh));
      RocksCheckpoint.extract(content, fresh);
      if (!Boolean.getBoolean(TRUSTED)) {
        checkImage(fresh);
      }
      Optional<AppliedPosition> found = markOf(fresh);
      if (!found.equals(Optional.of(content.mark()))) {
        throw new IOException(
            "the checkpoint of the index is at " + found + ", not at " + content.mark());
      }
      good = true;
      return fresh;
    } finally {
      if (!good) {
        HostException.doAt(directory, () -> IndexDirectory.deleteTree(fresh));
      }
    }
  }

  private static void checkImage(Path image) throws IOException {
    try {
      ImageCheck.check(image, OpenIndex.familyNames());
    } catch (ImageDamagedException refused) {
      throw new IOException(
          refused.getMessage()
              + "; if nobody else wrote to this drive, report it, and mount with ZONEFSJ_JAVA_OPTS=-D"
              + TRUSTED
              + "=true",
          refused);
    }
  }

  private Optional<AppliedPosition> markOf(Path image) throws IOException {
    try (OpenIndex opened = OpenIndex.open(image, cacheBytes, OpenIndex.Mode.READ_ONLY)) {
      return opened.readMark();
    } catch (RocksDBException e) {
      throw RocksErrors.isOfHost(e)
          ? RocksErrors.atHost(directory, "open what was restored", e)
          : new IOException(
              "the checkpoint of the index cannot be opened: " + RocksErrors.words(e), e);
    }
  }

  @Override
  public void setAside(String reason) throws IOException {
    HostException.doAt(
        directory,
        () -> {
          DirectoryLock lock = directory.lock();
          try {
            directory.setAside(reason);
          } finally {
            lock.close();
          }
        });
  }

  @Override
  public String describe() {
    return directory.path().toString();
  }

  private MetadataStore openNew(OpenIndex.Mode mode, DirectoryLock lock) throws IOException {
    try {
      return open(mode, lock);
    } catch (RocksDBException e) {
      throw RocksErrors.isOfHost(e)
          ? RocksErrors.atHost(directory, "create", e)
          : new IOException(directory + ": cannot create: " + RocksErrors.words(e), e);
    }
  }

  private MetadataStore open(OpenIndex.Mode mode, DirectoryLock lock) throws RocksDBException {
    OpenIndex index = OpenIndex.open(directory.path(), cacheBytes, mode);
    try {
      return new RocksMetadataStore(directory, index, lock, index.readMark().orElse(null));
    } catch (RocksDBException | RuntimeException e) {
      index.close();
      throw e;
    }
  }

  /** Opens under the lock, which the store then owns; without a store the lock is released. */
  private Optional<MetadataStore> locked(Opening opening) throws IOException {
    DirectoryLock lock = HostException.at(directory, directory::lock);
    boolean open = false;
    try {
      Optional<MetadataStore> store = opening.open(lock);
      open = store.isPresent();
      return store;
    } finally {
      if (!open) {
        HostException.doAt(directory, lock::close);
      }
    }
  }

  @FunctionalInterface
  private interface Opening {
    Optional<MetadataStore> open(DirectoryLock lock) throws IOException;
  }
}
