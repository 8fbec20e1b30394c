// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The name of a directory as in the kernel's mount table. */
public final class CanonicalPath {
  private static final int MAX_LINKS = 40;

  private CanonicalPath() {}

  /**
   * Resolves all symbolic links, as realpath(3) does, but never accesses a mount point itself: a
   * dead or hanging mount has a name, too.
   *
   * @throws IOException if a parent does not exist
   */
  public static Path of(Path path) throws IOException {
    Path absolute = path.toAbsolutePath().normalize();
    for (int links = 0; links < MAX_LINKS; links++) {
      Path parent = absolute.getParent();
      Path name = absolute.getFileName();
      if (parent == null || name == null) {
        return absolute;
      }
      Path resolved = parent.toRealPath().resolve(name);
      if (MountInfo.read().at(resolved).isPresent() || !Files.isSymbolicLink(resolved)) {
        return resolved;
      }
      absolute = resolved.resolveSibling(Files.readSymbolicLink(resolved)).normalize();
    }
    throw new UserError(path + ": too many symbolic links");
  }
}
