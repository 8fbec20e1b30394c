// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.HostException;

/**
 * A directory of the host for temporary files of a check: an index that it rebuilds, sorted runs
 * that exceed memory. Each user makes a directory of its own in it, with a lock that the kernel
 * releases when the process dies, so that the next run can remove what a killed one left.
 *
 * <p>Thread-safe.
 */
public final class Scratch {
  private static final Logger LOG = LoggerFactory.getLogger(Scratch.class);
  private static final String PREFIX = "zonefs-j-scratch-";

  /** The names that {@link Files#createTempDirectory} makes. */
  private static final Pattern LEFTOVER = Pattern.compile(PREFIX + "[0-9]+");

  /** Deleted last: after a kill in between, the next run can remove the rest. */
  private static final Path LOCK = Path.of("lock");

  private static final int MOST_TRIES = 10;

  /** Others may make any number of such names. */
  private static final int MOST_FOREIGN = 1000;

  private static final Duration LONGEST_SEARCH = Duration.ofSeconds(1);

  /** Directories of this process: fcntl(2) locks belong to the process, not to a part of it. */
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private final Path parent;

  private Scratch(Path parent) {
    this.parent = parent;
  }

  /** The directory for temporary files of this process: {@code java.io.tmpdir}. */
  public static Scratch ofSystem() {
    return new Scratch(Path.of(System.getProperty("java.io.tmpdir")));
  }

  /** An existing directory. */
  public static Scratch in(Path directory) {
    return new Scratch(directory);
  }

  /**
   * Makes a directory that only this user may enter and that is locked until it is closed. Removes
   * the directories that killed processes of the same user left.
   *
   * @throws HostException if that fails
   */
  Held take() throws HostException {
    synchronized (OURS) {
      removeLeftovers();
      return takeLocked();
    }
  }

  private Held takeLocked() throws HostException {
    return HostException.at(
        this,
        () -> {
          for (int tries = 1; tries <= MOST_TRIES; tries++) {
            Held held = tryTake();
            if (held != null) {
              return held;
            }
          }
          throw new IOException("others take away what is made there");
        });
  }

  /** Null if another process that cleans up took the new directory for a leftover. */
  private @Nullable Held tryTake() throws IOException {
    Path directory = Files.createTempDirectory(parent, PREFIX);
    OURS.add(directory);
    @Nullable SecureDirectoryStream<Path> opened = null;
    @Nullable FileChannel lock = null;
    boolean held = false;
    try {
      opened = SharedDirectory.openOwn(directory);
      Path file = directory.resolve(LOCK);
      lock =
          lockOrNull(
              FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
      held = lock != null && Files.exists(file);
      return held && lock != null ? new Held(directory, opened, lock) : null;
    } finally {
      if (!held) {
        OURS.remove(directory);
        if (lock != null) {
          lock.close();
        }
        if (opened != null) {
          delete(directory, opened);
        } else {
          Files.deleteIfExists(directory);
        }
      }
    }
  }

  /**
   * Makes a file without a name, which vanishes when it is closed or the process dies.
   *
   * @throws HostException if that fails
   */
  FileChannel newFile() throws HostException {
    return HostException.at(
        this,
        () -> {
          Path path = Files.createTempFile(parent, PREFIX, ".tmp");
          try {
            return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
          } finally {
            Files.delete(path);
          }
        });
  }

  /** The beginning of every message. */
  @Override
  public String toString() {
    return "the scratch directory " + parent;
  }

  /**
   * Best effort: leftovers that cannot be listed or removed do no harm. Others must not hold up the
   * check by what they put there, so the search has limits; a removal does not count.
   */
  private void removeLeftovers() {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(parent)) {
      SharedDirectory shared = new SharedDirectory(parent, all);
      int foreign = 0;
      long deadline = System.nanoTime() + LONGEST_SEARCH.toNanos();
      for (Path left : all) {
        if (foreign >= MOST_FOREIGN || System.nanoTime() - deadline > 0) {
          LOG.info("{} has more than can be searched for what killed processes left", this);
          return;
        }
        Path name = left.getFileName();
        // Opening and closing the lock of a directory of this process would release it.
        if (LEFTOVER.matcher(name.toString()).matches() && !OURS.contains(parent.resolve(name))) {
          long begin = System.nanoTime();
          if (removeUnlessHeld(shared, name)) {
            deadline += System.nanoTime() - begin;
          } else {
            foreign++;
          }
        }
      }
    } catch (IOException | DirectoryIteratorException unlisted) {
      LOG.debug("{} is not cleared", this, unlisted);
    }
  }

  /**
   * Keeps what it cannot remove: other users may create directories of such a name. Returns whether
   * it belongs to this user.
   */
  private boolean removeUnlessHeld(SharedDirectory shared, Path name) {
    try (SecureDirectoryStream<Path> left = shared.openIfPrivate(name)) {
      if (left == null) {
        return false;
      }
      SeekableByteChannel channel =
          left.newByteChannel(LOCK, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
      try (FileChannel lock = lockOrNull((FileChannel) channel)) {
        if (lock != null) {
          LOG.info("{} was left by a process that was killed, and is removed", name);
          shared.delete(name, left, LOCK);
        }
      }
    } catch (IOException gone) {
      LOG.debug("{} in {} stays", name, parent, gone);
      return false;
    }
    return true;
  }

  /** Locks the lock of a directory; closes it and returns null if another process holds it. */
  private static @Nullable FileChannel lockOrNull(FileChannel channel) throws IOException {
    @Nullable FileLock lock = null;
    try {
      lock = channel.tryLock();
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    return lock == null ? null : channel;
  }

  /**
   * Deletes a directory of this process, which may be gone. It was opened when it was made: its
   * parent may be a directory that nobody can list.
   */
  private static void delete(Path directory, SecureDirectoryStream<Path> opened)
      throws IOException {
    try (opened) {
      SharedDirectory.empty(opened, LOCK);
    }
    Files.deleteIfExists(directory);
  }

  /** A locked directory; {@link #close} deletes it with its content. */
  static final class Held implements Closeable {
    private final Path directory;
    private final SecureDirectoryStream<Path> opened;
    private final FileChannel lock;

    private Held(Path directory, SecureDirectoryStream<Path> opened, FileChannel lock) {
      this.directory = directory;
      this.opened = opened;
      this.lock = lock;
    }

    Path path() {
      return directory;
    }

    @Override
    public void close() throws HostException {
      HostException.doAt(
          directory,
          () -> {
            try (lock) {
              delete(directory, opened);
            } finally {
              OURS.remove(directory);
            }
          });
    }
  }
}
