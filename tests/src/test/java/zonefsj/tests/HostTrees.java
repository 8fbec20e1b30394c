// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Trees of files of the host, which tests leave behind nowhere. */
public final class HostTrees {
  private HostTrees() {}

  /** Removes a tree if it is there. */
  public static void delete(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(tree)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    } catch (UncheckedIOException inTheWalk) {
      throw inTheWalk.getCause();
    }
    for (Path path : paths) {
      Files.deleteIfExists(path);
    }
  }
}
