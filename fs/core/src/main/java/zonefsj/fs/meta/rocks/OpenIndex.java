// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.rocks.image.ImageDamagedException;
import zonefsj.fs.meta.rocks.image.LogFragments;

/**
 * An open database with one column family for each {@link ColumnFamily} (its name in lower case),
 * and "default" for the applied position. Owns its settings. Its user must prevent a close
 * concurrent with other calls.
 */
final class OpenIndex implements AutoCloseable {
  /** How to open the database. */
  enum Mode {
    /** It must exist. */
    EXISTING,
    /** It must not exist. */
    NEW,
    /** It must exist, and nothing is written to it. */
    READ_ONLY
  }

  private final RocksSettings settings;
  private final RocksDB db;

  /** "default" first, then by number of the column family. */
  private final List<ColumnFamilyHandle> handles;

  private OpenIndex(RocksSettings settings, RocksDB db, List<ColumnFamilyHandle> handles) {
    this.settings = settings;
    this.db = db;
    this.handles = handles;
  }

  static OpenIndex open(Path directory, long cacheBytes, Mode mode) throws RocksDBException {
    RocksSettings settings = new RocksSettings(cacheBytes);
    try {
      return open(directory, settings, mode);
    } catch (RocksDBException | RuntimeException e) {
      settings.close();
      throw e;
    }
  }

  private static OpenIndex open(Path directory, RocksSettings settings, Mode mode)
      throws RocksDBException {
    if (mode != Mode.NEW) {
      checkThatOpenEnds(directory);
    }
    settings
        .database()
        .setCreateIfMissing(mode == Mode.NEW)
        .setErrorIfExists(mode == Mode.NEW)
        .setCreateMissingColumnFamilies(mode == Mode.NEW);
    List<ColumnFamilyDescriptor> families = new ArrayList<>();
    families.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, settings.family()));
    for (ColumnFamily family : ColumnFamily.values()) {
      families.add(new ColumnFamilyDescriptor(name(family).getBytes(US_ASCII), settings.family()));
    }
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    String path = directory.toString();
    RocksDB db =
        mode == Mode.READ_ONLY
            ? RocksDB.openReadOnly(settings.database(), path, families, handles)
            : RocksDB.open(settings.database(), path, families, handles);
    return new OpenIndex(settings, db, handles);
  }

  /**
   * @throws RocksDBException with status Corruption, as for damage that RocksDB finds
   */
  private static void checkThatOpenEnds(Path directory) throws RocksDBException {
    try {
      LogFragments.check(directory);
    } catch (ImageDamagedException e) {
      String words = HostException.words(e);
      throw new RocksDBException(
          words, new Status(Status.Code.Corruption, Status.SubCode.None, words));
    }
  }

  private static String name(ColumnFamily family) {
    return family.name().toLowerCase(Locale.ROOT);
  }

  /** The names of all column families but "default". */
  static List<String> familyNames() {
    return Stream.of(ColumnFamily.values()).map(OpenIndex::name).toList();
  }

  RocksDB db() {
    return db;
  }

  RocksSettings settings() {
    return settings;
  }

  ColumnFamilyHandle family(ColumnFamily family) {
    return handles.get(1 + family.number());
  }

  ColumnFamilyHandle markFamily() {
    return handles.get(0);
  }

  List<ColumnFamilyHandle> allFamilies() {
    return handles;
  }

  /**
   * Reads the applied position.
   *
   * @throws RocksDBException also if its value is invalid
   */
  Optional<AppliedPosition> readMark() throws RocksDBException {
    byte[] value = db.get(markFamily(), settings.read(), AppliedPositionCodec.key());
    return value == null ? Optional.empty() : Optional.of(AppliedPositionCodec.decode(value));
  }

  /** The full write buffers of the applied position that are not in tables yet. */
  long unflushedBuffers() throws RocksDBException {
    return db.getLongProperty(markFamily(), "rocksdb.num-immutable-mem-table");
  }

  /** The number of flushes and compactions that have failed since the open. */
  long failedJobs() throws RocksDBException {
    return db.getLongProperty("rocksdb.background-errors");
  }

  /** Closes without flushing. */
  @Override
  public void close() throws RocksDBException {
    handles.forEach(ColumnFamilyHandle::close);
    try {
      db.closeE();
    } finally {
      settings.close();
    }
  }
}
