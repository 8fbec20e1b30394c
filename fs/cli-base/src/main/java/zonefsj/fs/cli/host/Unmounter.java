// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import zonefsj.fs.MountHelper;

/** Takes a mount out of the directory tree; says nothing of what the daemon does then. */
public final class Unmounter {
  // The kernel may have to write dirty pages of mapped files back before.
  private static final Duration TIMEOUT = Duration.ofMinutes(30);

  private static final int EBUSY = 16;

  /** How a mount is taken out. */
  public enum Mode {
    /** Only if nobody uses it. */
    PLAIN,
    /** Out of sight at once; gone when its last user is. */
    LAZY
  }

  private Unmounter() {}

  /**
   * Takes a mount out of the directory tree.
   *
   * @throws UserError if it is in use or must not be unmounted by this user, or is not there any
   *     more, or if fusermount3, which does it for ordinary users, is not installed; what is there
   *     stays mounted then
   * @throws IOException if it does not end in time
   */
  public static void unmount(MountEntry entry, Mode mode) throws IOException {
    if (Directories.currentUid() != 0) {
      unmountAsUser(entry.mountPoint(), mode);
      return;
    }
    int error;
    try {
      error = Umount.unmount(entry, mode == Mode.LAZY ? Umount.MNT_DETACH : 0);
    } catch (LinkageError noNativeCalls) {
      // The library for native calls is unpacked for each process, and the disk may be full.
      unmountBy(umountCommand(entry, mode), entry.mountPoint());
      return;
    }
    if (error == EBUSY) {
      throw busy(entry.mountPoint());
    }
    if (error != 0) {
      throw new UserError(entry.mountPoint() + " cannot be unmounted: errno " + error);
    }
    if (MountInfo.read().at(entry.mountPoint()).isEmpty()) {
      Utab.remove(entry.mountPoint());
    }
  }

  /** By a path, which others can lead elsewhere: for root's own mounts only. */
  private static List<String> umountCommand(MountEntry entry, Mode mode) throws UserError {
    if (!entry.isOf(0)) {
      throw new UserError(
          entry.mountPoint()
              + " cannot be unmounted: the library for native calls cannot be loaded (is the disk"
              + " full?); 'umount -i' may help");
    }
    List<String> command = new ArrayList<>(List.of("umount", "--internal-only"));
    if (mode == Mode.LAZY) {
      command.add("--lazy");
    }
    return command;
  }

  private static void unmountAsUser(Path mountPoint, Mode mode) throws IOException {
    List<String> command = new ArrayList<>(List.of("fusermount3", "-u"));
    if (mode == Mode.LAZY) {
      command.add("-z");
    }
    unmountBy(command, mountPoint);
  }

  private static void unmountBy(List<String> words, Path mountPoint) throws IOException {
    List<String> command = new ArrayList<>(words);
    command.add("--");
    command.add(mountPoint.toString());
    SystemCommand.Outcome outcome;
    try {
      outcome = SystemCommand.run(TIMEOUT, command);
    } catch (IOException e) {
      if (MountHelper.isMissing(e)) {
        throw new UserError(
            mountPoint + " cannot be unmounted: " + MountHelper.missing(command.get(0)), e);
      }
      throw e;
    }
    if (outcome.output().contains("busy")) {
      throw busy(mountPoint);
    }
    if (!outcome.succeeded()) {
      throw new UserError(mountPoint + " cannot be unmounted: " + outcome.words());
    }
  }

  private static UserError busy(Path mountPoint) {
    return new UserError(
        mountPoint
            + " is in use"
            + MountUsers.describe(mountPoint)
            + ": it stays mounted; end what uses it and try again");
  }
}
