package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Takes a mount out of the directory tree; says nothing of what the daemon does then. */
public final class Unmounter {
  // The kernel may have to write dirty pages of mapped files back before.
  private static final Duration TIMEOUT = Duration.ofMinutes(30);

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
   * @throws UserError if it is in use or must not be unmounted by this user; it is still mounted
   *     then
   * @throws IOException if umount(8) cannot be run
   */
  public static void unmount(Path mountPoint, Mode mode) throws IOException {
    boolean root = Directories.currentUid() == 0;
    List<String> command = new ArrayList<>();
    if (root) {
      command.addAll(List.of("umount", "--internal-only"));
      if (mode == Mode.LAZY) {
        command.add("--lazy");
      }
    } else {
      command.addAll(List.of("fusermount3", "-u"));
      if (mode == Mode.LAZY) {
        command.add("-z");
      }
    }
    command.add("--");
    command.add(mountPoint.toString());
    SystemCommand.Outcome outcome = SystemCommand.run(TIMEOUT, command);
    if (outcome.succeeded()) {
      return;
    }
    if (outcome.output().contains("busy")) {
      throw new UserError(
          mountPoint
              + " is in use"
              + MountUsers.describe(mountPoint)
              + ": it stays mounted; end what uses it and try again");
    }
    throw new UserError(mountPoint + " cannot be unmounted: " + outcome.words());
  }
}
