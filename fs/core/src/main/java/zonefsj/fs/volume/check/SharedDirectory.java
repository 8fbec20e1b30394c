// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import zonefsj.device.mounts.MountTable;

/**
 * An open directory where other users can create, mount and rename, like {@code /var/tmp}. Deletes
 * with openat(2) and unlinkat(2) and follows no link, so that nobody leads a deletion elsewhere.
 */
final class SharedDirectory {
  private static final int PERMISSIONS = 0777;
  private static final int PRIVATE = 0700;

  private final Path path;
  private final Object device;
  private final Object uid;
  private final SecureDirectoryStream<Path> stream;

  /**
   * @param path of the directory
   * @param stream of the directory, which stays the caller's; on Linux, every one is secure
   */
  SharedDirectory(Path path, DirectoryStream<Path> stream) throws IOException {
    // The mount table names no links.
    this.path = path.toRealPath();
    this.device = Files.getAttribute(path, "unix:dev");
    this.uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    this.stream = (SecureDirectoryStream<Path>) stream;
  }

  /** Opens a directory in this one; follows no link. */
  private SecureDirectoryStream<Path> openBelow(Path name) throws IOException {
    return stream.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Opens a directory that only this user can have filled: it belongs to this user, nobody else may
   * enter it, and no filesystem is mounted on it. A mount of another user can claim any owner, and
   * can block the process that asks for one: so this looks for a mount first.
   *
   * @return null if it is anything else
   */
  @Nullable SecureDirectoryStream<Path> openIfPrivate(Path name) throws IOException {
    Path entry = path.resolve(name);
    if (MountTable.read().at(entry).isPresent()) {
      return null;
    }
    Map<String, Object> seen =
        Files.readAttributes(
            entry, "unix:dev,uid,mode,isDirectory,fileKey", LinkOption.NOFOLLOW_LINKS);
    if (!Boolean.TRUE.equals(seen.get("isDirectory"))
        || !device.equals(seen.get("dev"))
        || !uid.equals(seen.get("uid"))
        || !(seen.get("mode") instanceof Integer mode)
        || (mode & PERMISSIONS) != PRIVATE) {
      return null;
    }
    return closeUnlessSame(openBelow(name), seen.get("fileKey"));
  }

  /**
   * Opens an empty directory that this process has just made, by its path: its parent need not be
   * readable.
   *
   * @throws IOException if another file is in its place, or it is not empty
   */
  @SuppressWarnings("StreamResourceLeak") // the caller closes it
  static SecureDirectoryStream<Path> openOwn(Path directory) throws IOException {
    Object key =
        Files.readAttributes(directory, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
            .fileKey();
    // On Linux, every one is secure.
    SecureDirectoryStream<Path> opened =
        closeUnlessSame((SecureDirectoryStream<Path>) Files.newDirectoryStream(directory), key);
    if (opened == null || !isEmpty(opened)) {
      throw new IOException(directory + " was replaced by another file");
    }
    return opened;
  }

  /** Whether a directory has no entry; closes it if not. */
  private static boolean isEmpty(SecureDirectoryStream<Path> opened) throws IOException {
    boolean isEmpty = false;
    try (SecureDirectoryStream<Path> again =
        opened.newDirectoryStream(Path.of("."), LinkOption.NOFOLLOW_LINKS)) {
      isEmpty = !again.iterator().hasNext();
    } finally {
      if (!isEmpty) {
        opened.close();
      }
    }
    return isEmpty;
  }

  private static @Nullable SecureDirectoryStream<Path> closeUnlessSame(
      SecureDirectoryStream<Path> opened, @Nullable Object fileKey) throws IOException {
    boolean same = false;
    try {
      Object key =
          opened.getFileAttributeView(BasicFileAttributeView.class).readAttributes().fileKey();
      same = Objects.equals(key, fileKey);
    } finally {
      if (!same) {
        opened.close();
      }
    }
    return same ? opened : null;
  }

  /**
   * Deletes a directory in this one, with its content.
   *
   * @param opened the open directory
   * @param last the file in it that is deleted last; it may be missing
   */
  void delete(Path name, SecureDirectoryStream<Path> opened, Path last) throws IOException {
    empty(opened, last);
    stream.deleteDirectory(name);
  }

  /**
   * Deletes the content of a directory.
   *
   * @param last the file in it that is deleted last; it may be missing
   */
  static void empty(SecureDirectoryStream<Path> opened, Path last) throws IOException {
    try {
      if (deleteContent(opened, last)) {
        opened.deleteFile(last);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** Returns whether there is a file to keep. */
  private static boolean deleteContent(SecureDirectoryStream<Path> directory, @Nullable Path kept)
      throws IOException {
    boolean found = false;
    for (Path entry : directory) {
      Path name = entry.getFileName();
      if (name.equals(kept)) {
        found = true;
      } else if (isDirectory(directory, name)) {
        try (SecureDirectoryStream<Path> below =
            directory.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
          deleteContent(below, null);
        }
        directory.deleteDirectory(name);
      } else {
        directory.deleteFile(name);
      }
    }
    return found;
  }

  private static boolean isDirectory(SecureDirectoryStream<Path> directory, Path name)
      throws IOException {
    return directory
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes()
        .isDirectory();
  }
}
