// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.rocks.image.ImageCheck;
import zonefsj.fs.meta.rocks.image.ImageDamagedException;
import zonefsj.fs.meta.rocks.image.TableIdentity;

/**
 * Takes images of an open index as hard links in a directory beside it, and verifies them before
 * they are stored: an image lets the journal be trimmed, so it must be valid.
 *
 * <p><b>What is read.</b> Every table is verified once, when it is new: all its blocks, its hash,
 * and its structure. Tables are immutable, so later images take the hash that was computed then: of
 * tables in earlier images of this open index, and of tables that {@link #noteStored the checkpoint
 * on the drive} holds. After a mount, an image thus reads only tables that are not on the drive
 * yet, and not the whole index. There is no file of hashes on the host, which could disagree with
 * the drive. A table is the stored one if name, length and RocksDB's unique identity are equal in
 * the MANIFESTs of both images ({@link TableIdentity}). An index that was restored from another
 * checkpoint, or created anew, may use the same name and even the same length for another table,
 * but not the same identity.
 *
 * <p><b>Damage.</b> If the host damaged a known table since it was verified, the checkpoint on the
 * drive still has the good content, and the image refers to that. If such a table must be written
 * to the drive again, {@link RocksCheckpoint#open} compares the hash of what is written, and the
 * caller can take the content from the drive. Damage thus never gets into a checkpoint.
 *
 * <p>Threading: thread-safe; one image at a time is verified.
 */
final class CheckpointMaker {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointMaker.class);

  /** The verification opens a small database for a short time. */
  private static final long PROOF_CACHE_BYTES = 1 << 20;

  /** The links of an image that is not verified yet. */
  record Image(Path directory) {}

  private record Known(long sizeBytes, String contentHash) {}

  private final IndexDirectory directory;
  private final OpenIndex index;
  private final AtomicLong lastNumber = new AtomicLong();

  /**
   * The hashes of the SST files of the last image, by name; one open database never reuses a name
   * for other content. Guarded by this.
   */
  private Map<String, Known> hashes = new HashMap<>();

  /**
   * The hashes of the tables in the checkpoint on the drive, until an image has been taken: no
   * newer table is among them. Guarded by this.
   */
  private Map<TableIdentity, String> stored = Map.of();

  CheckpointMaker(IndexDirectory directory, OpenIndex index) {
    this.directory = directory;
    this.index = index;
  }

  /**
   * Notes the hashes of the tables that a checkpoint on the drive holds; of its files it reads only
   * the MANIFEST.
   *
   * @throws IOException if the MANIFEST cannot be read
   */
  synchronized void noteStored(CheckpointContent checkpoint) throws IOException {
    if (!checkpoint.format().equals(RocksCheckpoint.FORMAT)) {
      return;
    }
    Map<String, Known> fileOf = new HashMap<>();
    for (CheckpointContent.FileInfo file : checkpoint.files()) {
      fileOf.put(file.name(), new Known(file.sizeBytes(), file.contentHash()));
    }
    Map<TableIdentity, String> known = new HashMap<>();
    for (CheckpointContent.FileInfo file : checkpoint.files()) {
      if (TableIdentity.isReadable(file.name(), file.sizeBytes())) {
        byte[] manifest = RocksCheckpoint.read(checkpoint, file);
        for (TableIdentity table : identities(file.name(), manifest)) {
          Known content = fileOf.get(table.name());
          if (content != null && content.sizeBytes() == table.bytes()) {
            known.put(table, content.contentHash());
          }
        }
      }
    }
    stored = known;
  }

  private static Set<TableIdentity> identities(String name, byte[] manifest) throws IOException {
    return TableIdentity.read(name, manifest, OpenIndex.familyNames());
  }

  /**
   * Links the files that are flushed by now. It does not use RocksDB's own {@code Checkpoint},
   * which flushes again, and first waits for as long as it takes until this would not stall writes,
   * while the callers that wait for the image block all writes.
   */
  Image link() throws IOException {
    Path target = directory.checkpoint(lastNumber.incrementAndGet());
    boolean linked = false;
    try {
      HostException.doAt(directory, () -> IndexDirectory.createNew(target));
      index.db().disableFileDeletions();
      try {
        RocksDB.LiveFiles live = index.db().getLiveFiles(false);
        HostException.doAt(directory, () -> linkLiveFiles(live, target));
      } finally {
        index.db().enableFileDeletions();
      }
      linked = true;
      return new Image(target);
    } catch (RocksDBException e) {
      throw RocksErrors.failed(directory, "make a checkpoint", e);
    } finally {
      if (!linked) {
        HostException.doAt(directory, () -> IndexDirectory.deleteTree(target));
      }
    }
  }

  /** The MANIFEST continues to grow: the image contains the length that RocksDB reports. */
  private void linkLiveFiles(RocksDB.LiveFiles live, Path target) throws IOException {
    for (String file : live.files) {
      String name = file.substring(file.lastIndexOf('/') + 1);
      Path source = directory.path().resolve(name);
      if (RocksCheckpoint.isTable(name)) {
        linkOrCopy(source, target.resolve(name));
      } else if (name.startsWith("MANIFEST-")) {
        copy(source, target.resolve(name), live.manifestFileSize);
        Files.writeString(target.resolve("CURRENT"), name + "\n");
      }
    }
  }

  /** DIR may be a link to another filesystem, or on one without hard links. */
  private static void linkOrCopy(Path source, Path target) throws IOException {
    try {
      Files.createLink(target, source);
    } catch (FileSystemException | UnsupportedOperationException notHere) {
      copy(source, target, Files.size(source));
    }
  }

  private static void copy(Path source, Path target, long lengthBytes) throws IOException {
    try (FileChannel from = FileChannel.open(source, StandardOpenOption.READ);
        FileChannel to =
            FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long at = 0; at < lengthBytes; ) {
        long copied = from.transferTo(at, lengthBytes - at, to);
        if (copied <= 0) {
          throw new EOFException(source + " is shorter than " + lengthBytes + " bytes");
        }
        at += copied;
      }
    }
  }

  /**
   * Verifies an image and computes its hashes; removes it if this fails.
   *
   * @param least applied position before the image was begun
   */
  synchronized CheckpointContent prove(Image image, AppliedPosition least) throws IOException {
    boolean proven = false;
    try {
      Set<String> verified = new HashSet<>();
      List<CheckpointContent.FileInfo> files = describe(image.directory(), verified);
      warnIfRefused(image.directory(), verified);
      AppliedPosition mark = proveOpens(image.directory(), least);
      RocksCheckpoint content = new RocksCheckpoint(directory, image.directory(), mark, files);
      proven = true;
      return content;
    } catch (RocksDBException e) {
      throw RocksErrors.failed(directory, "verify a checkpoint", e);
    } finally {
      if (!proven) {
        HostException.doAt(directory, () -> IndexDirectory.deleteTree(image.directory()));
      }
    }
  }

  /**
   * Describes the files of an image, and verifies the tables that no earlier one contains.
   *
   * @param verified receives the names of these tables
   */
  private List<CheckpointContent.FileInfo> describe(Path links, Set<String> verified)
      throws IOException, RocksDBException {
    List<Path> paths =
        HostException.at(
            directory,
            () -> {
              try (Stream<Path> stream = Files.list(links)) {
                return stream.sorted().toList();
              }
            });
    Map<String, Known> before = known(paths);
    Map<String, Known> next = new HashMap<>();
    List<CheckpointContent.FileInfo> files = new ArrayList<>();
    for (Path path : paths) {
      String name = path.getFileName().toString();
      if (!RocksCheckpoint.isPartOfImage(name)) {
        // Options and similar files: RocksDB does not need them, and ours are set in code.
        HostException.doAt(directory, () -> IndexDirectory.deleteTree(path));
        continue;
      }
      long sizeBytes = HostException.at(directory, () -> Files.size(path));
      Known known = before.get(name);
      if (known == null || known.sizeBytes() != sizeBytes) {
        String hash = HostException.at(directory, () -> RocksCheckpoint.hash(path));
        known = new Known(sizeBytes, hash);
        if (RocksCheckpoint.isTable(name)) {
          verifyTable(path);
          verified.add(name);
        }
      }
      if (RocksCheckpoint.isTable(name)) {
        next.put(name, known);
      }
      files.add(new CheckpointContent.FileInfo(name, sizeBytes, known.contentHash()));
    }
    LOG.debug("image of {} tables, {} of them read", next.size(), verified.size());
    hashes = next;
    stored = Map.of();
    return files;
  }

  /** The known tables: of earlier images, and those of this image that are on the drive. */
  private Map<String, Known> known(List<Path> files) throws IOException {
    Map<String, Known> known = new HashMap<>(hashes);
    if (stored.isEmpty()) {
      return known;
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      long bytes = HostException.at(directory, () -> Files.size(file));
      if (TableIdentity.isReadable(name, bytes)) {
        byte[] manifest = HostException.at(directory, () -> Files.readAllBytes(file));
        try {
          for (TableIdentity table : identities(name, manifest)) {
            String hash = stored.get(table);
            if (hash != null) {
              known.putIfAbsent(table.name(), new Known(table.bytes(), hash));
            }
          }
        } catch (ImageDamagedException refused) {
          // The check of the whole image reports it.
          LOG.debug("the tables of {} are unknown", file, refused);
        }
      }
    }
    return known;
  }

  /**
   * A restore rejects tables that {@link ImageCheck} does not know. Here RocksDB has just verified
   * them, so the check is wrong; the log must say so while the index still exists.
   */
  private static void warnIfRefused(Path links, Set<String> tables) throws IOException {
    try {
      ImageCheck.check(links, OpenIndex.familyNames(), tables::contains);
    } catch (ImageDamagedException refused) {
      LOG.error("a mount that finds no index would refuse this checkpoint; report it", refused);
    }
  }

  /** Verifies all blocks, because a hash over damage would give the damage a good checksum. */
  private void verifyTable(Path path) throws RocksDBException {
    try (Options options = index.settings().options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(path.toString());
      reader.verifyChecksum();
    }
  }

  private AppliedPosition proveOpens(Path links, AppliedPosition least)
      throws IOException, RocksDBException {
    try (OpenIndex opened = OpenIndex.open(links, PROOF_CACHE_BYTES, OpenIndex.Mode.READ_ONLY)) {
      Optional<AppliedPosition> found = opened.readMark();
      if (found.isEmpty() || !isSince(found.get(), least)) {
        String what = "a checkpoint is at " + found + " and " + least + " was applied before";
        directory.noteDamage(what);
        throw new IOException(directory + " is damaged: " + what);
      }
      return found.get();
    }
  }

  private static boolean isSince(AppliedPosition mark, AppliedPosition least) {
    boolean isLater =
        mark.filesystem().equals(least.filesystem()) && mark.sequence() > least.sequence();
    return isLater || mark.equals(least);
  }
}
