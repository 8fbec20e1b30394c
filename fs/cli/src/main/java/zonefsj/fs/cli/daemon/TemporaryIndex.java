// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

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
   * @param directory only this user can enter it, and nobody else uses it
   */
  TemporaryIndex(Path directory) throws IOException {
    this.directory = directory;
    removeContent();
  }

  @Override
  public void close() throws IOException {
    removeContent();
    Files.deleteIfExists(directory);
    Files.deleteIfExists(directory.resolveSibling(directory.getFileName() + ".lock"));
  }

  private void removeContent() throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path inner, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            if (!inner.equals(directory)) {
              Files.delete(inner);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
