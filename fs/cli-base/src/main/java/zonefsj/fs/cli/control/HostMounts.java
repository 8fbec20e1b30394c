// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.MountInfo;

/**
 * The zonefs-j mounts in the mount table of this process, with the answers of this user's daemons.
 * Daemons of other users are not asked: their answers would decide which drive is opened, and they
 * need not answer at all.
 */
public final class HostMounts {
  private static final Logger LOG = LoggerFactory.getLogger(HostMounts.class);

  /** Limit for all daemons together: a stopped daemon must not delay a search. */
  private static final Duration SEARCH_TIMEOUT = Duration.ofSeconds(4);

  /** What is known about the daemon of a mount. */
  public enum Daemon {
    /** It answers. */
    LIVE,
    /** It runs, but has not answered in time. */
    SILENT,
    /** It does not exist, as after a crash. */
    GONE,
    /** It belongs to another user. */
    NOT_ASKED
  }

  /**
   * The identity of a mounted filesystem.
   *
   * @param uuid UUID of the filesystem
   * @param label label of the filesystem
   */
  public record Identity(String uuid, String label) {}

  /**
   * One mount.
   *
   * @param entry entry in the mount table
   * @param daemon what is known about its daemon
   * @param identity the filesystem, as its daemon reports it; empty unless the daemon answers
   */
  public record HostMount(MountEntry entry, Daemon daemon, Optional<Identity> identity) {}

  private final Directories directories = Directories.ofCurrentUser();
  private final long deadlineNanos = System.nanoTime() + SEARCH_TIMEOUT.toNanos();

  private HostMounts() throws IOException {}

  /** Reads all mounts, oldest first. Takes about four seconds at most. */
  public static List<HostMount> read() throws IOException {
    HostMounts mounts = new HostMounts();
    List<HostMount> all = new ArrayList<>();
    Map<String, HostMount> asked = new HashMap<>();
    for (MountEntry entry : MountInfo.read().entries()) {
      if (entry.isOurs()) {
        // A filesystem that is visible at several places has one daemon.
        HostMount first = asked.computeIfAbsent(entry.device(), device -> mounts.ask(entry));
        all.add(new HostMount(entry, first.daemon(), first.identity()));
      }
    }
    return all;
  }

  private HostMount ask(MountEntry entry) {
    if (!entry.isOf(directories.uid())) {
      return new HostMount(entry, Daemon.NOT_ASKED, Optional.empty());
    }
    try {
      Optional<LiveMount> live = LiveMount.of(directories, entry);
      if (live.isEmpty()) {
        return new HostMount(entry, Daemon.GONE, Optional.empty());
      }
      // Half of the remaining time: other daemons may follow a stopped one.
      long now = System.nanoTime();
      long until = now + (deadlineNanos - now) / 2;
      try (ControlClient client = ControlClient.connect(live.orElseThrow().socket(), until)) {
        Json.JsonObject status =
            client.askUntil(until, new ControlRequest(ControlRequest.Action.STATUS));
        Identity identity = new Identity(status.text("uuid"), status.text("label"));
        return new HostMount(entry, Daemon.LIVE, Optional.of(identity));
      }
    } catch (IOException e) {
      LOG.debug("{} cannot be asked", entry.mountPoint(), e);
      return new HostMount(entry, Daemon.SILENT, Optional.empty());
    }
  }
}
