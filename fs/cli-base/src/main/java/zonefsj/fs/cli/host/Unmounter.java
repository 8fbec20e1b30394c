// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import zonefsj.fs.MountHelper;

/** Removes a mount from the directory tree. The daemon's shutdown is not its concern. */
public final class Unmounter {
  // The kernel may have to write back dirty pages of mapped files first.
  private static final Duration TIMEOUT = Duration.ofMinutes(30);

  private static final int EBUSY = 16;

  /** How to unmount. */
  public enum Mode {
    /** Only if the mount is not in use. */
    PLAIN(0),
    /** Removes it from the tree at once; it ends with its last user. */
    LAZY(Umount.MNT_DETACH),
    /** Breaks the connection to the daemon first. */
    FORCED(Umount.MNT_FORCE),
    /** Both. */
    FORCED_LAZY(Umount.MNT_FORCE | Umount.MNT_DETACH);

    private final int flags;

    Mode(int flags) {
      this.flags = flags;
    }

    /** The mode of umount(8) with {@code -l}, {@code -f} or both. */
    public static Mode of(boolean lazy, boolean forced) {
      if (forced) {
        return lazy ? FORCED_LAZY : FORCED;
      }
      return lazy ? LAZY : PLAIN;
    }

    private boolean isLazy() {
      return (flags & Umount.MNT_DETACH) != 0;
    }

    private boolean isForced() {
      return (flags & Umount.MNT_FORCE) != 0;
    }
  }

  private Unmounter() {}

  /**
   * Removes a mount from the directory tree.
   *
   * @throws UserError if it is in use, is not there any more, or this user must not unmount it, or
   *     if fusermount3, which unmounts for ordinary users, is not installed; the mount then stays
   * @throws IOException if the call does not end in time
   */
  public static void unmount(MountEntry entry, Mode mode) throws IOException {
    if (Directories.currentUid() != 0) {
      unmountAsUser(entry.mountPoint(), mode);
      return;
    }
    int error;
    try {
      error = Umount.unmount(entry, mode.flags);
    } catch (LinkageError noNativeCalls) {
      // Each process unpacks the library for native calls, and the disk may be full.
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

  /** Unmounts by path, which others can redirect: for root's own mounts where only root can. */
  static List<String> umountCommand(MountEntry entry, Mode mode) throws IOException {
    String why =
        entry.mountPoint()
            + " cannot be unmounted: the library for native calls cannot be loaded (is the disk"
            + " full?); 'umount -i' may help";
    if (!entry.isOf(0)) {
      throw new UserError(why);
    }
    Path parent = entry.mountPoint().getParent();
    if (parent != null) {
      try {
        TrustedPath.check(parent, 0);
      } catch (UserError redirected) {
        throw new UserError(why, redirected);
      }
    }
    List<String> command = new ArrayList<>(List.of("umount", "--internal-only"));
    if (mode.isLazy()) {
      command.add("--lazy");
    }
    if (mode.isForced()) {
      command.add("--force");
    }
    return command;
  }

  private static void unmountAsUser(Path mountPoint, Mode mode) throws IOException {
    if (mode.isForced()) {
      throw new UserError(mountPoint + ": only root may unmount by force");
    }
    List<String> command = new ArrayList<>(List.of("fusermount3", "-u"));
    if (mode.isLazy()) {
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
