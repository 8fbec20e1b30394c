// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import zonefsj.fs.cli.drive.IndexPlace;

/**
 * The index of a drive whose changes are lost: it belongs to a history that ends with the mount, so
 * it must not take the place of the drive's own index. Removed at the end; what a killed daemon has
 * left is removed at the next mount.
 */
final class TemporaryIndex implements AutoCloseable {
  private final Path directory;

  /**
   * Removes what is left of an earlier one.
   *
   * @param directory is there; only this user can enter it, and no other process uses it
   */
  TemporaryIndex(Path directory) throws IOException {
    this.directory = directory;
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        IndexPlace.removeTree(file);
      }
    }
  }

  @Override
  public void close() throws IOException {
    IndexPlace.removeTree(directory);
    Files.deleteIfExists(directory.resolveSibling(directory.getFileName() + ".lock"));
  }
}
