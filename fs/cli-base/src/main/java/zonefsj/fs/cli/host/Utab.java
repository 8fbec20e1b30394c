// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.StringJoiner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The userspace part of the mount table ({@code /run/mount/utab}), which makes umount(8) wait.
 *
 * <p>umount(8) learns the type of a mount from statfs(2), which says just {@code fuse}, unless this
 * table knows the mount: then it looks the full type up and runs {@code umount.fuse.zonefs-j}. Only
 * root's mounts are entered there; for anybody else umount(8) looks the type up always. The format
 * of the table and its lock belong to libmount, so mount(8) and umount(8) are asked to change it
 * without doing anything else, as libfuse does.
 */
public final class Utab {
  private static final Logger LOG = LoggerFactory.getLogger(Utab.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private Utab() {}

  /**
   * Enters a mount. Without the entry all works but the waiting of umount(8), so a failure is
   * logged and no more.
   *
   * @param options what else the table is to keep, like {@code _netdev}
   */
  public static void enter(String source, Path mountPoint, List<String> options) {
    StringJoiner joined = new StringJoiner(",");
    joined.add("uhelper=" + MountEntry.TYPE);
    for (String option : options) {
      joined.add(quoted(option));
    }
    change(
        List.of(
            "mount",
            "--fake",
            "--internal-only",
            "--no-canonicalize",
            "-t",
            MountEntry.TYPE,
            "-o",
            joined.toString(),
            "--",
            source,
            mountPoint.toString()));
  }

  /** libmount knows no other way to have a comma in a value. */
  private static String quoted(String option) {
    int equals = option.indexOf('=');
    return equals < 0 || !option.contains(",")
        ? option
        : option.substring(0, equals + 1) + '"' + option.substring(equals + 1) + '"';
  }

  /** Removes the entry of a mount that is gone, in case that nobody else did. */
  public static void remove(Path mountPoint) {
    change(
        List.of(
            "umount",
            "--fake",
            "--internal-only",
            "--no-canonicalize",
            "--",
            mountPoint.toString()));
  }

  private static void change(List<String> command) {
    try {
      if (Directories.currentUid() != 0) {
        return;
      }
      SystemCommand.Outcome outcome = SystemCommand.run(TIMEOUT, command);
      if (!outcome.succeeded()) {
        LOG.warn("mount table not changed, umount(8) will not wait: {}", outcome.words());
      }
    } catch (IOException e) {
      LOG.warn("mount table not changed, umount(8) will not wait", e);
    }
  }
}
