// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ClockText;
import zonefsj.fs.HostException;

/**
 * The directory of an index and its siblings.
 *
 * <pre>
 * DIR               the index; mode 0700
 * DIR/DAMAGED       written when RocksDB finds damage: the next open sets the index aside
 * DIR.lock          locked while the index is open; empty, stays
 * DIR.aside-N       what was set aside, with a file SET-ASIDE that says why; the newest {@value
 *                   #KEPT_ASIDE} stay, unless a new index needs their space
 * DIR.new           being restored from a checkpoint
 * DIR.checkpoint-N  hard links of a checkpoint that is being stored
 * DIR.native        for a moment, RocksDB's native library
 * </pre>
 *
 * An open removes what a killed process left of the last three.
 */
final class IndexDirectory {
  /** Number of set-aside indexes to keep. */
  static final int KEPT_ASIDE = 2;

  private static final int HOST_BLOCK_BYTES = 4096;
  private static final Logger LOG = LoggerFactory.getLogger(IndexDirectory.class);
  private static final String ASIDE = "aside-";
  private static final String CHECKPOINT = "checkpoint-";
  private static final String DAMAGED = "DAMAGED";
  private static final String REASON = "SET-ASIDE";

  /** What an index is for. */
  enum Use {
    /** It serves a mount, and outlives it. */
    MOUNT,
    /** It serves a check or repair, and is deleted with it. */
    SCRATCH
  }

  private final Path directory;
  private final Use use;

  IndexDirectory(Path directory, Use use) {
    this.use = use;
    this.directory = directory.toAbsolutePath().normalize();
    if (this.directory.getFileName() == null) {
      throw new IllegalArgumentException("the root directory cannot hold an index");
    }
  }

  Use use() {
    return use;
  }

  Path path() {
    return directory;
  }

  /** The beginning of every message. */
  @Override
  public String toString() {
    return "the index at " + directory;
  }

  /** {@code DIR.suffix}. */
  Path sibling(String suffix) {
    return directory.resolveSibling(directory.getFileName() + "." + suffix);
  }

  Path checkpoint(long number) {
    return sibling(CHECKPOINT + number);
  }

  /** Whether the directory contains anything that could be an index. */
  boolean isPresent() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.findAny().isPresent();
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Creates the parent directory and the lock; its holder owns DIR and all siblings. */
  DirectoryLock lock() throws IOException {
    createPrivate(parent());
    return DirectoryLock.take(sibling("lock"), this);
  }

  /** Creates DIR; an empty one may exist. */
  void make() throws IOException {
    createPrivate(directory);
    sync(parent());
  }

  /** Removes what DIR contains; DIR itself may be a link, and stays. */
  void clear() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        deleteTree(file);
      }
    }
  }

  /** Removes the leftovers of a killed process. */
  void removeLeftovers() throws IOException {
    deleteTree(sibling("new"));
    deleteTree(sibling("native"));
    // It has a suffix while RocksDB creates it.
    for (String number : siblings(CHECKPOINT, "[0-9]{1,18}([.]tmp)?")) {
      deleteTree(sibling(CHECKPOINT + number));
    }
  }

  /** Renames DIR and removes the oldest of the set-aside indexes. */
  void setAside(String reason) throws IOException {
    if (!isPresent()) {
      return;
    }
    List<Long> before = numbersAside();
    long number = before.isEmpty() ? 1 : before.get(before.size() - 1) + 1;
    Path aside = sibling(ASIDE + number);
    Files.move(directory, aside);
    sync(parent());
    LOG.warn("{} is set aside as {}: {}", this, aside, reason);
    String now = ClockText.of(Instant.now());
    try {
      Files.writeString(aside.resolve(REASON), now + " " + reason + "\n", UTF_8);
    } catch (IOException e) {
      // The index is set aside, which is essential; a full disk may have caused the damage.
      LOG.warn("{}: the reason could not be written into {}", this, aside, e);
    }
    for (int i = 0; i < before.size() - (KEPT_ASIDE - 1); i++) {
      deleteTree(sibling(ASIDE + before.get(i)));
    }
  }

  /** Numbers of the set-aside indexes, the oldest first. */
  private List<Long> numbersAside() throws IOException {
    List<Long> numbers = new ArrayList<>();
    for (String number : siblings(ASIDE, "[0-9]{1,18}")) {
      numbers.add(Long.parseLong(number));
    }
    Collections.sort(numbers);
    return numbers;
  }

  /**
   * As {@link #makingSpace(HostException.Action, HostException.Step)}, where nothing is known that
   * makes a removal useless.
   *
   * @throws HostException if the host lacks space and no index is set aside any more
   */
  <T> T makingSpace(HostException.Action<T> action) throws IOException {
    return makingSpace(action, () -> {});
  }

  /**
   * Runs an action that makes or opens an index. While it fails because the host lacks space, the
   * oldest set-aside index is removed, and it runs again: without an index nothing can be mounted.
   * But a set-aside index may be the only good copy of metadata, so it is removed only if that can
   * help.
   *
   * @param check runs before the first removal; if it fails, nothing is removed
   * @throws HostException if the host lacks space and no index is set aside any more
   * @throws IOException also if the check fails
   */
  <T> T makingSpace(HostException.Action<T> action, HostException.Step check) throws IOException {
    boolean checked = false;
    while (true) {
      try {
        return action.run();
      } catch (HostException failed) {
        if (!failed.isFull() || HostException.at(this, this::numbersAside).isEmpty()) {
          throw failed;
        }
        if (!checked) {
          check.run();
          checked = true;
        }
        HostException.doAt(this, this::removeOldestAside);
      }
    }
  }

  /**
   * Checks that a removal of the set-aside indexes can free enough space.
   *
   * @throws HostException if it cannot
   */
  void checkRemovalFrees(long neededBytes) throws IOException {
    long free = HostException.at(this, this::bytesWithoutAsides);
    if (free < neededBytes) {
      throw new HostException(
          this
              + ": the host's filesystem is full: "
              + neededBytes
              + " bytes are needed, and without the indexes that are set aside "
              + free
              + " would be free");
    }
  }

  /** Bytes that the host has free after a removal of all set-aside indexes, rounded up. */
  long bytesWithoutAsides() throws IOException {
    long bytes = parent().toFile().getUsableSpace();
    for (long number : numbersAside()) {
      try (Stream<Path> files = Files.walk(sibling(ASIDE + number))) {
        for (Path file : files.toList()) {
          bytes += Files.size(file) + HOST_BLOCK_BYTES;
        }
      } catch (UncheckedIOException unreadable) {
        throw unreadable.getCause();
      }
    }
    return bytes;
  }

  private void removeOldestAside() throws IOException {
    Path oldest = sibling(ASIDE + numbersAside().get(0));
    LOG.warn(
        "{}: the host's filesystem is full: {}, which was set aside, is removed", this, oldest);
    deleteTree(oldest);
  }

  /** Records damage, so that the next open does not trust this index. */
  void noteDamage(String what) {
    try {
      Files.writeString(directory.resolve(DAMAGED), what + "\n", UTF_8);
    } catch (IOException e) {
      LOG.warn("{} is damaged ({}), and that could not be noted", this, what, e);
    }
  }

  /** The recorded damage, also if its words are damaged; empty if there is none. */
  String notedDamage() throws IOException {
    Path file = directory.resolve(DAMAGED);
    String what = "";
    try {
      what = new String(Files.readAllBytes(file), UTF_8).strip();
    } catch (NoSuchFileException none) {
      return "";
    } catch (IOException unreadable) {
      // A lack of file descriptors says nothing about whether it exists.
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        throw unreadable;
      }
      LOG.warn("{}: the words in {} cannot be read", this, file, unreadable);
    }
    return what.isEmpty() ? "damage was noted" : what;
  }

  /** Creates a directory that only its owner may enter; leaves an existing one unchanged. */
  static void createPrivate(Path directory) throws IOException {
    Files.createDirectories(directory, ownerOnly());
  }

  /** Creates a directory that only its owner may enter; it must not exist. */
  static void createNew(Path directory) throws IOException {
    Files.createDirectory(directory, ownerOnly());
  }

  private static FileAttribute<Set<PosixFilePermission>> ownerOnly() {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  }

  /** Makes the names in a directory, or the content of a file, durable. */
  static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Removes a file or directory with everything below it; it may be missing. */
  static void deleteTree(Path root) throws IOException {
    try {
      Files.walkFileTree(root, new Deleter());
    } catch (NoSuchFileException e) {
      LOG.trace("{} was not there", root);
    }
  }

  Path parent() {
    return Objects.requireNonNull(directory.getParent());
  }

  /** The suffixes after {@code DIR.kind} in the names of siblings of DIR that match the pattern. */
  private List<String> siblings(String kind, String pattern) throws IOException {
    String prefix = directory.getFileName() + "." + kind;
    try (Stream<Path> siblings = Files.list(parent())) {
      return siblings
          .map(sibling -> sibling.getFileName().toString())
          .filter(name -> name.startsWith(prefix))
          .map(name -> name.substring(prefix.length()))
          .filter(rest -> rest.matches(pattern))
          .toList();
    }
  }

  private static final class Deleter extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
        throws IOException {
      if (e != null) {
        throw e;
      }
      Files.deleteIfExists(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}
