// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.io.IOException;
import java.util.Arrays;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;

/**
 * Resolves paths to inodes, for path-based transports. Paths are bytes and absolute within the
 * filesystem: "/" or "/a/b". Nothing is cached: each component is one {@link ZoneFileSystem#find},
 * so no rename can leave a stale result.
 *
 * <p>A walk over several components is not atomic by itself. The transport must prevent changes of
 * the names of a path during the call that uses it. libfuse does so: it locks the nodes of a path
 * for reading, and those that a rename, unlink or rmdir changes for writing.
 */
public final class PathResolver {
  private static final byte SLASH = '/';

  private final ZoneFileSystem fileSystem;

  /**
   * Creates a resolver for one filesystem.
   *
   * @param fileSystem answers the lookups
   */
  public PathResolver(ZoneFileSystem fileSystem) {
    this.fileSystem = fileSystem;
  }

  /** The inode at a path. */
  public long inode(byte[] path) throws ErrnoException, IOException {
    return walk(path, path.length);
  }

  /** The inode of the directory that contains the last component. */
  public long parent(byte[] path) throws ErrnoException, IOException {
    return walk(path, lastSlash(path));
  }

  /** The last component. */
  public static byte[] name(byte[] path) {
    return Arrays.copyOfRange(path, lastSlash(path) + 1, path.length);
  }

  private static int lastSlash(byte[] path) {
    int slash = path.length - 1;
    while (slash >= 0 && path[slash] != SLASH) {
      slash--;
    }
    return slash;
  }

  private long walk(byte[] path, int end) throws ErrnoException, IOException {
    long inode = ZoneFileSystem.ROOT_INODE;
    int position = 0;
    while (position < end) {
      if (path[position] == SLASH) {
        position++;
        continue;
      }
      int start = position;
      while (position < end && path[position] != SLASH) {
        position++;
      }
      inode = fileSystem.find(inode, Arrays.copyOfRange(path, start, position));
    }
    return inode;
  }
}
