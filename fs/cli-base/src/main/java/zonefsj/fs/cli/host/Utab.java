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
 * <p>umount(8) takes the type of a mount from statfs(2), which reports just {@code fuse}, unless
 * the mount is in this table: then it looks up the full type and runs {@code umount.fuse.zonefs-j}.
 * Only root's mounts are entered; for other users umount(8) always looks up the type. The format
 * and the lock of the table belong to libmount, so mount(8) and umount(8) change only the table on
 * request, as libfuse does it.
 */
public final class Utab {
  private static final Logger LOG = LoggerFactory.getLogger(Utab.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private Utab() {}

  /**
   * Enters a mount. Only the waiting of umount(8) depends on the entry, so a failure is only
   * logged.
   *
   * @param options further options for the table, like {@code _netdev}
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

  /** Quotes a value with a comma; libmount has no other escape for it. */
  private static String quoted(String option) {
    int equals = option.indexOf('=');
    return equals < 0 || !option.contains(",")
        ? option
        : option.substring(0, equals + 1) + '"' + option.substring(equals + 1) + '"';
  }

  /** Removes the entry of an ended mount, if no other program has removed it. */
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
