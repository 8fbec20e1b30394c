// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Copies the directory of an index that is in use, as a kill would leave it. */
final class IndexCopy {
  private static final int MOST_ATTEMPTS = 50;

  private IndexCopy() {}

  /** Files that the index drops meanwhile make it begin again: a kill would not see them go. */
  static void make(Path from, Path to) throws IOException {
    for (int attempt = 0; ; attempt++) {
      Path copy = to.resolveSibling(to.getFileName() + "-" + attempt);
      try {
        copyOnce(from, copy);
        Files.move(copy, to);
        return;
      } catch (UncheckedIOException walked) {
        if (attempt == MOST_ATTEMPTS || !(walked.getCause() instanceof NoSuchFileException)) {
          throw walked;
        }
      } catch (NoSuchFileException read) {
        if (attempt == MOST_ATTEMPTS) {
          throw read;
        }
      }
    }
  }

  private static void copyOnce(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
  }
}
