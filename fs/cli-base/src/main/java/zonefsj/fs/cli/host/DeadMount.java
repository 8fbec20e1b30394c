// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.Files;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mounts whose daemon was killed: every access answers "Transport endpoint is not connected" until
 * somebody unmounts them. What was durable is on the drive.
 */
public final class DeadMount {
  private static final Logger LOG = LoggerFactory.getLogger(DeadMount.class);

  /** Words for ENOTCONN in the C locale. */
  static final String NOT_CONNECTED = "not connected";

  private DeadMount() {}

  /**
   * Whether the daemon of a mount of this user is gone. A daemon that is there but hangs makes this
   * hang, too: so another user's is never asked like this.
   */
  public static boolean isDead(MountEntry entry) {
    try {
      // The kernel may know the answer to stat(2) without the daemon, but not that to statfs(2).
      long bytes = Files.getFileStore(entry.mountPoint()).getTotalSpace();
      LOG.trace("{} answers that it has {} bytes", entry.mountPoint(), bytes);
      return false;
    } catch (IOException e) {
      return String.valueOf(e.getMessage()).contains(NOT_CONNECTED);
    }
  }

  /** Takes a dead mount away. Those who still have files open there get errors anyway. */
  public static void clear(MountEntry entry) throws IOException {
    try {
      Unmounter.unmount(entry, Unmounter.Mode.PLAIN);
    } catch (UserError busy) {
      Unmounter.unmount(entry, Unmounter.Mode.LAZY);
    }
  }
}
