// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.EnumSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.block.NativeFile;
import zonefsj.device.block.NativeFile.Option;
import zonefsj.device.block.PrivateFileCheck;

/**
 * Lines in a file: 4096 bytes with a magic number, by which no other file is overwritten by
 * mistake, then the slots. The content is of no use after the close, which takes it away: it can be
 * what a drive below holds only encrypted. For the same reason the file must be its user's alone;
 * the lines of a process that was killed stay in it until the next open. The file is locked with
 * flock(2).
 *
 * <p>Threading: as {@link LineStore}.
 */
final class FileLines implements LineStore {
  private static final Logger LOG = LoggerFactory.getLogger(FileLines.class);
  private static final int HEADER_BYTES = 4096;
  private static final byte[] MAGIC = "ZFJCACHE".getBytes(StandardCharsets.US_ASCII);

  private final Path path;
  private final NativeFile file;
  private final int lineBytes;

  private FileLines(Path path, NativeFile file, int lineBytes) {
    this.path = path;
    this.file = file;
    this.lineBytes = lineBytes;
  }

  /**
   * Makes a file, or takes an earlier cache's.
   *
   * @throws CacheException with a one-line message if it is in use, something else, somebody
   *     else's, or cannot be made
   */
  static FileLines open(Path path, int lineBytes) throws IOException {
    boolean isNew = !Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    NativeFile file = checked(path, isNew);
    boolean ready = false;
    try {
      file.truncate(HEADER_BYTES);
      file.write(0, ByteBuffer.wrap(MAGIC));
      ready = true;
      return new FileLines(path, file, lineBytes);
    } finally {
      if (!ready) {
        if (isNew) {
          Files.deleteIfExists(path);
        }
        file.close();
      }
    }
  }

  /**
   * Refuses a file that {@link #open} would refuse. Makes and changes none.
   *
   * @throws CacheException as {@code open}
   */
  static void check(Path path) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      checked(path, false).close();
    }
  }

  /** Opens and locks a file; a new one is made. */
  private static NativeFile checked(Path path, boolean isNew) throws IOException {
    if (!isNew && !Files.isRegularFile(path)) {
      throw new CacheException(
          path
              + " is not a regular file; give another name for the cache, or path("
              + path
              + ") if it is a zoned drive");
    }
    NativeFile file;
    try {
      file =
          NativeFile.open(
              path,
              isNew
                  ? EnumSet.of(Option.WRITE, Option.CREATE_NEW, Option.PRIVATE)
                  : EnumSet.of(Option.WRITE));
    } catch (IOException e) {
      throw new CacheException(
          path
              + ": the cache cannot be opened ("
              + e.getMessage()
              + "); look at the owner and the permissions of file and directory",
          e);
    }
    boolean locked = false;
    boolean ready = false;
    try {
      locked = file.tryLock(false);
      if (!locked) {
        throw new CacheException(
            path + ": the cache is in use by another zonefs-j; give another file for this one");
      }
      if (!isNew) {
        checkMagic(path, file);
      }
      checkPrivate(path, file, isNew);
      ready = true;
      return file;
    } finally {
      if (!ready) {
        if (isNew && locked) {
          Files.deleteIfExists(path);
        }
        file.close();
      }
    }
  }

  /** Who can read the file sees what is cached; who can change it chooses what is read. */
  private static void checkPrivate(Path path, NativeFile file, boolean isNew) throws IOException {
    try {
      PrivateFileCheck.check(file);
    } catch (IOException e) {
      throw new CacheException(
          isNew
              ? path
                  + ": the filesystem there keeps no permissions, and others could read the cache;"
                  + " give a file on another one"
              : e.getMessage() + "; or remove the file: it is only a cache",
          e);
    }
  }

  /** Accepts also what is left if the making of a file was cut off: nothing, or zeros. */
  private static void checkMagic(Path path, NativeFile file) throws IOException {
    long sizeBytes = file.sizeBytes();
    ByteBuffer start = ByteBuffer.allocate((int) Math.min(HEADER_BYTES, sizeBytes));
    file.read(0, start);
    boolean isCache =
        start.flip().remaining() >= MAGIC.length
            && start.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
    boolean isUnfinished =
        sizeBytes == 0
            || (sizeBytes == HEADER_BYTES && start.equals(ByteBuffer.allocate(HEADER_BYTES)));
    if (!isCache && !isUnfinished) {
      throw new CacheException(
          path
              + " is not a zonefs-j cache, and is not overwritten; give another name, or remove it");
    }
  }

  @Override
  public boolean read(int slot, int offsetBytes, ByteBuffer destination) throws IOException {
    file.read(at(slot) + offsetBytes, destination);
    return true;
  }

  @Override
  public boolean write(int slot, int offsetBytes, ByteBuffer source) throws IOException {
    file.write(at(slot) + offsetBytes, source);
    return true;
  }

  @Override
  public String description() {
    return "cache " + path;
  }

  @Override
  public void close() {
    try {
      file.closeTruncated(HEADER_BYTES);
    } catch (IOException e) {
      // The drive is none the worse for it.
      LOG.warn("{}: the cached lines stay in it ({})", description(), e.getMessage());
    }
  }

  private long at(int slot) {
    return HEADER_BYTES + (long) slot * lineBytes;
  }
}
