// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Mounts of other users, as root sees them. */
public final class ForeignMount {
  private static final Logger LOG = LoggerFactory.getLogger(ForeignMount.class);

  /** A probe of a mount whose daemon is gone returns at once. */
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);

  /**
   * Succeeds for a dead mount. If a daemon has read the request and does not answer, stat and grep
   * stay until it ends: the kernel does not let stat go.
   */
  private static final String PROBE =
      "timeout --signal=KILL 4 stat --file-system -- \"$1\" 2>&1 >/dev/null"
          + " | grep --quiet ': Transport endpoint is "
          + DeadMount.NOT_CONNECTED
          + "'";

  private ForeignMount() {}

  /**
   * Whether the daemon of another user's mount is gone. The kernel tells that only to the user who
   * mounted it, and a daemon that hangs blocks every process that asks. So a process with only that
   * user's rights asks, with a timeout. The user can falsify the answer, and at worst loses that
   * mount.
   */
  public static boolean isDead(MountEntry entry) {
    if (entry.mounterUid().isEmpty() || entry.mounterGid().isEmpty()) {
      return false;
    }
    List<String> command =
        List.of(
            // The user could trace the process: it gets no terminal, directory, environment, pipe
            // or session keyring from root.
            "setsid",
            "--wait",
            "setpriv",
            "--no-new-privs",
            "--reuid=" + Integer.toUnsignedString(entry.mounterUid().getAsInt()),
            "--regid=" + Integer.toUnsignedString(entry.mounterGid().getAsInt()),
            "--clear-groups",
            "--pdeathsig=KILL",
            "--",
            "sh",
            "-c",
            PROBE,
            "sh",
            entry.mountPoint().toString());
    try {
      return SystemCommand.runApart(PROBE_TIMEOUT, command) == 0;
    } catch (IOException e) {
      // The probe hangs, setpriv is missing, or root's keyring stays: the mount is then unmounted
      // as a live one.
      LOG.debug("{} does not say that it is dead", entry.mountPoint(), e);
      return false;
    }
  }
}
