// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Refuses files that others than their owner can read or change. Stateless and thread-safe. */
public final class PrivateFileCheck {
  private static final Set<PosixFilePermission> OF_OTHERS =
      Set.copyOf(PosixFilePermissions.fromString("---rw-rw-"));
  private static final Path THIS_PROCESS = Path.of("/proc/self");
  private static final String UID = "unix:uid";
  private static final int ROOT = 0;

  private PrivateFileCheck() {}

  /**
   * Checks an open file, whatever its name leads to by now.
   *
   * @throws IOException in one line if others have access to it, or it belongs to somebody else
   *     than this user and root
   */
  public static void check(NativeFile file) throws IOException {
    file.withDescriptor(
        opened -> {
          check(file.path(), opened);
          return file;
        });
  }

  private static void check(Path name, Path opened) throws IOException {
    EnumSet<PosixFilePermission> open = EnumSet.noneOf(PosixFilePermission.class);
    open.addAll(Files.getPosixFilePermissions(opened));
    open.retainAll(OF_OTHERS);
    if (!open.isEmpty()) {
      throw new IOException(
          name + ": others have access to this file; take it away with 'chmod 600 " + name + "'");
    }
    int owner = (Integer) Files.getAttribute(opened, UID);
    int user = (Integer) Files.getAttribute(THIS_PROCESS, UID);
    if (owner != user && owner != ROOT) {
      throw new IOException(
          name + ": this file belongs to user " + owner + "; it must belong to you or to root");
    }
  }
}
