// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.dir;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.StoreRefusedException;

/**
 * Objects in the files of a directory.
 *
 * <p>Costs of a put: two directory entries, and an fsync of the file and of its directory. A put
 * that was cut off may leave a file in {@code tmp}; files there that are a day old are deleted when
 * the store is opened to write.
 *
 * <p>Thread-safe. A request ends when the kernel answers; on NFS mount with {@code soft} or {@code
 * softerr}, or it waits for the server.
 */
public final class DirectoryStore implements ObjectStore {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryStore.class);
  private static final String TEMPORARY = "tmp";
  private static final long OLD_MILLIS = 86_400_000;
  private static final long MAX_OBJECT_BYTES = 1L << 30;

  private final Path root;

  private DirectoryStore(Path root) {
    this.root = root;
  }

  /**
   * Opens a directory.
   *
   * @param root exists
   * @param readOnly whether nothing is put or deleted
   * @throws StoreRefusedException if it is no directory
   */
  public static DirectoryStore open(Path root, boolean readOnly) throws IOException {
    if (!Files.isDirectory(root)) {
      throw new StoreRefusedException(
          root + (Files.exists(root) ? " is no directory" : ": there is no such directory"), null);
    }
    DirectoryStore store = new DirectoryStore(root);
    if (!readOnly) {
      store.deleteOld();
    }
    return store;
  }

  private void deleteOld() throws IOException {
    Path temporary = root.resolve(TEMPORARY);
    if (!Files.isDirectory(temporary)) {
      return;
    }
    long now = System.currentTimeMillis();
    try (Stream<Path> files = Files.list(temporary)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (Files.getLastModifiedTime(file).toMillis() < now - OLD_MILLIS) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  @Override
  public long maxObjectBytes() {
    return MAX_OBJECT_BYTES;
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    Path target = root.resolve(name);
    Path temporary = root.resolve(TEMPORARY).resolve(UUID.randomUUID().toString());
    try {
      makeDirectory(root.resolve(TEMPORARY));
      makeDirectory(directoryOf(target));
      write(temporary, sources);
      try {
        Files.createLink(target, temporary);
      } catch (FileAlreadyExistsException taken) {
        return false;
      }
      sync(directoryOf(target));
      return true;
    } catch (AccessDeniedException e) {
      throw new StoreRefusedException(e.getFile() + ": permission denied", e);
    } catch (UnsupportedOperationException e) {
      throw new StoreRefusedException(
          root + ": its filesystem has no hard links, which are needed", e);
    } finally {
      deleteQuietly(temporary);
    }
  }

  private static void write(Path file, ByteBuffer... sources) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (ByteBuffer source : sources) {
        ByteBuffer left = source.duplicate();
        while (left.hasRemaining()) {
          channel.write(left);
        }
      }
      channel.force(true);
    }
  }

  private void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.debug("{} stays for a day", file, e);
    }
  }

  private void makeDirectory(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directoryOf(directory);
    if (!directory.equals(root)) {
      makeDirectory(parent);
    }
    try {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException other) {
      LOG.trace("{} was made meanwhile", directory, other);
    }
    sync(parent);
  }

  private static Path directoryOf(Path path) {
    return Objects.requireNonNullElse(path.getParent(), path);
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public Optional<ByteBuffer> get(String name) throws IOException {
    try (FileChannel channel = FileChannel.open(root.resolve(name), StandardOpenOption.READ)) {
      ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(channel.size()));
      while (content.hasRemaining() && channel.read(content) >= 0) {
        // Until it is there.
      }
      return Optional.of(content.flip());
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    try (FileChannel channel = FileChannel.open(root.resolve(name), StandardOpenOption.READ)) {
      long offset = offsetBytes;
      while (destination.hasRemaining()) {
        int length = channel.read(destination, offset);
        if (length < 0) {
          throw new EOFException(root.resolve(name) + " ends at " + channel.size());
        }
        offset += length;
      }
    } catch (NoSuchFileException none) {
      throw (ObjectMissingException) new ObjectMissingException(this, name).initCause(none);
    }
  }

  @Override
  public void list(String prefix, Listing listing) throws IOException {
    int slash = prefix.lastIndexOf('/');
    Path from = slash < 0 ? root : root.resolve(prefix.substring(0, slash));
    list(from, prefix, listing);
  }

  private void list(Path directory, String prefix, Listing listing) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = root.relativize(file).toString();
        if (Files.isDirectory(file)) {
          if (!name.equals(TEMPORARY)) {
            list(file, prefix, listing);
          }
        } else if (name.startsWith(prefix)) {
          listing.add(name, Files.size(file));
        }
      }
    } catch (NoSuchFileException gone) {
      LOG.trace("{} is not there, or not any more", directory, gone);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(root.resolve(name));
  }

  @Override
  public void close() {
    // It keeps nothing open.
  }

  @Override
  public String toString() {
    return "dir:" + root;
  }
}
