// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Mounts of other users, seen by root. */
public final class ForeignMount {
  private static final Logger LOG = LoggerFactory.getLogger(ForeignMount.class);

  /** A daemon that is gone answers at once. */
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);

  private ForeignMount() {}

  /**
   * Whether the daemon of another user's mount is gone. The kernel tells that to its user only, and
   * a daemon that hangs holds up whoever asks: so a process with that user's rights, and no others,
   * asks, and is not waited for. Its user can make the answer false, and lose that mount by it.
   */
  public static boolean isDead(MountEntry entry) {
    if (entry.mounterUid().isEmpty() || entry.mounterGid().isEmpty()) {
      return false;
    }
    List<String> command =
        List.of(
            // It could be traced by its user: it has no terminal, directory or environment of
            // root's.
            "setsid",
            "--wait",
            "setpriv",
            "--no-new-privs",
            "--reuid=" + Integer.toUnsignedString(entry.mounterUid().getAsInt()),
            "--regid=" + Integer.toUnsignedString(entry.mounterGid().getAsInt()),
            "--clear-groups",
            "--pdeathsig=KILL",
            "--",
            "stat",
            "--file-system",
            "--",
            entry.mountPoint().toString());
    try {
      SystemCommand.Outcome outcome = SystemCommand.runApart(PROBE_TIMEOUT, command);
      return !outcome.succeeded() && outcome.output().contains(DeadMount.NOT_CONNECTED);
    } catch (IOException e) {
      // It hangs, or setpriv is missing: then it is unmounted as one that lives.
      LOG.debug("{} does not say that it is dead", entry.mountPoint(), e);
      return false;
    }
  }
}
