// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ZoneFileSystem;

/** Finds what the paths of steps name. */
final class StepPaths {
  private StepPaths() {}

  /** The inode of a path of names between slashes; the empty path is the root. */
  static long resolve(ZoneFileSystem fileSystem, String path) throws ErrnoException, IOException {
    long inode = ZoneFileSystem.ROOT_INODE;
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty()) {
        inode = fileSystem.lookup(inode, bytes(name)).inode();
      }
    }
    return inode;
  }

  static long parent(ZoneFileSystem fileSystem, String path) throws ErrnoException, IOException {
    return resolve(fileSystem, path.contains("/") ? path.substring(0, path.lastIndexOf('/')) : "");
  }

  static byte[] name(String path) {
    return bytes(path.substring(path.lastIndexOf('/') + 1));
  }

  static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.ISO_8859_1);
  }

  static long open(ZoneFileSystem fileSystem, String path, OpenFlags flags)
      throws ErrnoException, IOException {
    long inode = resolve(fileSystem, path);
    Attributes attributes = fileSystem.attributes(inode);
    if (!attributes.isRegular()) {
      throw new ErrnoException(Errno.EISDIR, "not a file");
    }
    return fileSystem.open(Caller.ROOT, inode, flags);
  }
}
