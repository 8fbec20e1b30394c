// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.Files;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mounts whose daemon was killed: every access fails with "Transport endpoint is not connected"
 * until the mount is unmounted. Durable data are on the drive.
 */
public final class DeadMount {
  private static final Logger LOG = LoggerFactory.getLogger(DeadMount.class);

  /** Message for ENOTCONN in the C locale. */
  static final String NOT_CONNECTED = "not connected";

  private DeadMount() {}

  /**
   * Whether the daemon of a mount of this user is gone. This call hangs if the daemon hangs, so it
   * must not be used for another user's mount.
   */
  public static boolean isDead(MountEntry entry) {
    try {
      // The kernel may answer stat(2) without the daemon, but not statfs(2).
      long bytes = Files.getFileStore(entry.mountPoint()).getTotalSpace();
      LOG.trace("{} answers that it has {} bytes", entry.mountPoint(), bytes);
      return false;
    } catch (IOException e) {
      return String.valueOf(e.getMessage()).contains(NOT_CONNECTED);
    }
  }

  /**
   * Unmounts a dead mount, lazily if it is busy. Processes with open files there get errors anyway.
   */
  public static void clear(MountEntry entry) throws IOException {
    try {
      Unmounter.unmount(entry, Unmounter.Mode.PLAIN);
    } catch (UserError busy) {
      Unmounter.unmount(entry, Unmounter.Mode.LAZY);
    }
  }
}
