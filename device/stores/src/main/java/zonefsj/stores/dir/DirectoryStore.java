// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.dir;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectTooLongException;
import zonefsj.stores.ObjectUnreadableException;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;

/**
 * Objects in the files of a directory.
 *
 * <p>Costs of a put: two directory entries, and an fsync of the file and of its directory. A put
 * that was cut off may leave a file in {@code tmp}; files there that are a day old are deleted when
 * a drive was found in the store, and is opened to write. The directory itself is never made: if it
 * is not the one that was opened any more, because what was mounted there is gone, every put is
 * refused.
 *
 * <p>Whoever may write the directory may replace its objects, and their checksums, but must not
 * lead this process elsewhere: the directory and those in it belong to the user of this process or
 * to root, others may not write to them, and no link and nothing but a plain file is taken for an
 * object. {@link #open} and every request that comes to a new directory refuse anything else.
 *
 * <p>Thread-safe. A request ends when the kernel answers: a mount of NFS that is {@code hard} waits
 * for its server without a limit.
 */
public final class DirectoryStore implements ObjectStore {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryStore.class);
  private static final String TEMPORARY = "tmp";
  private static final Pattern TEMPORARY_NAME =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final long OLD_MILLIS = 86_400_000;
  private static final long MAX_OBJECT_BYTES = 1L << 30;

  /** The JDK keeps a buffer outside the heap for each thread, as long as its longest access. */
  private static final int LONGEST_ACCESS_BYTES = 256 << 10;

  /** What the kernel says if bytes cannot be read. */
  private static final String MEDIUM = "Input/output error";

  private static final int MOST_ATTEMPTS = 3;
  private static final String NO_ACCESS = "permission denied";

  /** What the kernel says of requests that it will not carry out later either. */
  private static final Set<String> FINAL =
      Set.of("Read-only file system", "Operation not permitted", "Operation not supported");

  private final Path root;
  private final TrustedDirectory trusted;

  /** Directories that are durable in those above them. */
  private final Set<Path> durable = ConcurrentHashMap.newKeySet();

  private DirectoryStore(Path root) throws IOException {
    this.root = root;
    this.trusted = TrustedDirectory.open(root);
  }

  /**
   * Opens a directory.
   *
   * @param root exists
   * @param readOnly whether nothing is put or deleted
   * @throws StoreRefusedException if it is no directory, or others may change it
   */
  public static DirectoryStore open(Path root, boolean readOnly) throws IOException {
    if (!Files.isDirectory(root)) {
      throw new StoreRefusedException(
          root + (Files.exists(root) ? " is no directory" : ": there is no such directory"), null);
    }
    DirectoryStore store = new DirectoryStore(root);
    if (!readOnly) {
      store.requireSafeTemporary();
    }
    return store;
  }

  private void requireSafeTemporary() throws IOException {
    try {
      trusted.requireSafe(root.resolve(TEMPORARY));
    } catch (StoreRefusedException leadsElsewhere) {
      throw leadsElsewhere;
    } catch (IOException e) {
      LOG.trace("{} has no leftovers", root, e);
    }
  }

  @Override
  public void deleteLeftovers() {
    long now = System.currentTimeMillis();
    try (Stream<Path> files = Files.list(root.resolve(TEMPORARY))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        deleteIfOld(file, now);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("leftovers in {} stay", root, e);
    }
  }

  /** Its host may delete it at the same time, and other files are not ours. */
  private static void deleteIfOld(Path file, long nowMillis) throws IOException {
    try {
      TrustedDirectory.requireFile(file);
      if (TEMPORARY_NAME.matcher(String.valueOf(file.getFileName())).matches()
          && Files.getLastModifiedTime(file).toMillis() < nowMillis - OLD_MILLIS) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException | StoreRefusedException other) {
      LOG.trace("{} is gone, or not ours", file, other);
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
    boolean put;
    try {
      prepare(target, temporary, sources);
      put = link(target, temporary);
    } catch (NoSuchFileException e) {
      forgetDirectories();
      throw e;
    } catch (FileSystemException e) {
      throw finalOr(e);
    } finally {
      deleteQuietly(temporary);
    }
    // Also if it was there: its host may not have come so far. What fails here is no refusal.
    sync(TrustedDirectory.directoryOf(target));
    return put;
  }

  /** Writes an object under another name. If that fails, the put had no effect. */
  private void prepare(Path target, Path temporary, ByteBuffer... sources) throws IOException {
    try {
      trusted.requireSameRoot();
      makeDirectory(root.resolve(TEMPORARY));
      makeDirectory(TrustedDirectory.directoryOf(target));
      write(temporary, sources);
    } catch (StoreRefusedException refused) {
      throw refused;
    } catch (IOException e) {
      IOException judged = e instanceof FileSystemException told ? finalOr(told) : e;
      if (judged instanceof StoreRefusedException) {
        throw judged;
      }
      if (e instanceof NoSuchFileException) {
        forgetDirectories();
      }
      throw new StoreUnavailableException(root + ": " + e, e);
    }
  }

  /** Somebody has deleted a directory: the next attempt makes it again. */
  private void forgetDirectories() {
    durable.clear();
    trusted.forget();
  }

  /** A server of NFS may carry a link out twice, and answer for the second time. */
  private boolean link(Path target, Path temporary) throws IOException {
    try {
      Files.createLink(target, temporary);
      return true;
    } catch (FileAlreadyExistsException taken) {
      return TrustedDirectory.isObject(target) && Files.isSameFile(target, temporary);
    } catch (NoSuchFileException | AccessDeniedException e) {
      throw e;
    } catch (FileSystemException | UnsupportedOperationException e) {
      String reason = e instanceof FileSystemException told ? told.getReason() : null;
      if (reason == null || FINAL.contains(reason)) {
        throw new StoreRefusedException(
            root + ": hard links are needed, and its filesystem refuses them", e);
      }
      throw e;
    }
  }

  /** A request that is useless to repeat is told from others. */
  private IOException finalOr(FileSystemException e) {
    if (e instanceof AccessDeniedException) {
      return new StoreRefusedException(e.getFile() + ": " + NO_ACCESS, e);
    }
    String reason = e.getReason();
    return reason != null && FINAL.contains(reason)
        ? new StoreRefusedException(e.getFile() + ": " + reason, e)
        : e;
  }

  private static void write(Path file, ByteBuffer... sources) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (ByteBuffer source : sources) {
        for (ByteBuffer left = source.duplicate(); left.hasRemaining(); ) {
          int length = Math.min(LONGEST_ACCESS_BYTES, left.remaining());
          left.position(left.position() + channel.write(left.slice(left.position(), length)));
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
    if (directory.equals(root) || durable.contains(directory)) {
      return;
    }
    makeDirectory(TrustedDirectory.directoryOf(directory));
    try {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException there) {
      LOG.trace("{} is there", directory, there);
    }
    // Also if it was made now: a server may give it to another user.
    trusted.requireSafe(directory);
    // Also if it was there: whoever made it may not have come so far.
    sync(TrustedDirectory.directoryOf(directory));
    durable.add(directory);
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public Optional<ByteBuffer> get(String name, int mostBytes) throws IOException {
    try (FileChannel channel = trusted.openObject(name)) {
      long length = channel.size();
      if (length > mostBytes) {
        throw new ObjectTooLongException(this, name, mostBytes);
      }
      ByteBuffer content = ByteBuffer.allocate((int) length);
      fill(name, channel, 0, content);
      return Optional.of(content.flip());
    } catch (NoSuchFileException none) {
      trusted.requireSameRoot();
      return Optional.empty();
    } catch (FileSystemException e) {
      throw finalOr(e);
    }
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    try (FileChannel channel = trusted.openObject(name)) {
      fill(name, channel, offsetBytes, destination);
    } catch (NoSuchFileException none) {
      trusted.requireSameRoot();
      throw (ObjectMissingException) new ObjectMissingException(this, name).initCause(none);
    } catch (FileSystemException e) {
      throw finalOr(e);
    }
  }

  private void fill(String name, FileChannel channel, long offsetBytes, ByteBuffer destination)
      throws IOException {
    int position = destination.position();
    int limit = destination.limit();
    for (int attempt = 1; ; attempt++) {
      try {
        fillOnce(name, channel, offsetBytes, destination);
        return;
      } catch (EOFException | FileSystemException e) {
        throw e;
      } catch (IOException e) {
        destination.limit(limit).position(position);
        if (!MEDIUM.equals(e.getMessage())) {
          throw e;
        }
        // A server of NFS that is away for a moment says the same as a medium.
        if (attempt == MOST_ATTEMPTS) {
          throw new ObjectUnreadableException(this, name, e);
        }
      }
    }
  }

  private void fillOnce(String name, FileChannel channel, long offsetBytes, ByteBuffer destination)
      throws IOException {
    int limit = destination.limit();
    long offset = offsetBytes;
    while (destination.hasRemaining()) {
      destination.limit(
          destination.position() + Math.min(LONGEST_ACCESS_BYTES, destination.remaining()));
      int length = channel.read(destination, offset);
      destination.limit(limit);
      if (length < 0) {
        throw new EOFException(root.resolve(name) + " ends at " + channel.size());
      }
      offset += length;
    }
  }

  @Override
  public void list(String prefix, Listing listing) throws IOException {
    int slash = prefix.lastIndexOf('/');
    Path from = slash < 0 ? root : root.resolve(prefix.substring(0, slash));
    try {
      trusted.requireSafe(from);
      list(from, prefix, listing);
    } catch (NoSuchFileException none) {
      LOG.trace("{} has no {}", root, prefix, none);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void list(Path directory, String prefix, Listing listing) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = root.relativize(file).toString();
        BasicFileAttributes attributes;
        try {
          attributes =
              Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException gone) {
          LOG.trace("{} is gone", file, gone);
          continue;
        }
        if (attributes.isDirectory()) {
          if (!name.equals(TEMPORARY)) {
            list(file, prefix, listing);
          }
        } else if (name.startsWith(prefix)) {
          listing.add(name, attributes.size());
        }
      }
    } catch (NoSuchFileException | NotDirectoryException none) {
      LOG.trace("{} is not there, or not any more", directory, none);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    try {
      trusted.requireSameRoot();
      trusted.requireSafe(TrustedDirectory.directoryOf(root.resolve(name)));
      Files.deleteIfExists(root.resolve(name));
    } catch (NoSuchFileException none) {
      LOG.trace("{} has no {}", root, name, none);
    } catch (DirectoryNotEmptyException e) {
      throw new StoreRefusedException(root.resolve(name) + " is no plain file", e);
    } catch (FileSystemException e) {
      throw finalOr(e);
    }
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
