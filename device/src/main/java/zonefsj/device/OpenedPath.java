// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The file or device node that a path led to. Immutable. */
public final class OpenedPath implements MediumPresence {
  private final Path path;
  private final @Nullable Object key;

  /**
   * Remembers what is at a path now.
   *
   * @throws IOException if nothing is there
   */
  public OpenedPath(Path path) throws IOException {
    this.path = path;
    this.key = keyOf(path);
  }

  /** Whether the path still leads there. */
  @Override
  public boolean isPresent() {
    try {
      return Objects.equals(keyOf(path), key);
    } catch (IOException gone) {
      return false;
    }
  }

  private static @Nullable Object keyOf(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }
}
