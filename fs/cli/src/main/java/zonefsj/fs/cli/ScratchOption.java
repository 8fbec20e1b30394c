// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.HostException;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.volume.check.Scratch;

/** The option of commands that rebuild an index temporarily. */
final class ScratchOption {
  static final String NAME = "--scratch";
  static final String LABEL = "DIR";
  static final String DESCRIPTION =
      "Directory on the host for temporary files of up to twice the size of the index."
          + " Default: TMPDIR, else /var/tmp.";

  private ScratchOption() {}

  /**
   * Returns the requested directory for temporary files.
   *
   * @param directory null: this process's directory for temporary files
   * @throws IOException if it is not a directory, or another user could replace files in it
   */
  static Scratch scratch(@Nullable String directory) throws IOException {
    Directories own = Directories.ofCurrentUser();
    // Always used: RocksDB's library may be loaded from there.
    own.checkTemporary();
    if (directory == null) {
      return Scratch.ofSystem();
    }
    Path path = Path.of(directory);
    if (!Files.isDirectory(path)) {
      throw new HostException(NAME + " " + directory + ": there is no such directory");
    }
    own.checkForNewNames(path);
    return Scratch.in(path.toAbsolutePath());
  }

  /** Adds advice to the failure of a directory on the host. */
  static HostException advised(HostException failed) {
    return new HostException(
        failed.getMessage()
            + "; this is the host's trouble, not the drive's; "
            + NAME
            + " DIR takes another directory",
        failed);
  }
}
