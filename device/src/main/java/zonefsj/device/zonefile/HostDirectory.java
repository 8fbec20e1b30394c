// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefile;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The directory of a file on the host. Stateless and thread-safe. */
public final class HostDirectory {
  private HostDirectory() {}

  /** Makes the name of a file, or its removal, durable. */
  public static void syncOf(Path path) throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (directory != null) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
