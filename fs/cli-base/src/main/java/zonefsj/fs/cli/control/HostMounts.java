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
 * The mounts of ours that this process sees, by the mount table, and what the daemons of this user
 * say of theirs. The daemons of other users are not asked: what they answer would decide which
 * drive is opened, and they need not answer at all.
 */
public final class HostMounts {
  private static final Logger LOG = LoggerFactory.getLogger(HostMounts.class);

  /** For all daemons together: one that is stopped is not to hold up a search. */
  private static final Duration SEARCH_TIMEOUT = Duration.ofSeconds(4);

  /** What is known of the daemon of a mount. */
  public enum Daemon {
    /** It answers. */
    LIVE,
    /** It runs, and has not answered in time. */
    SILENT,
    /** There is none, as after a crash. */
    GONE,
    /** It is another user's. */
    NOT_ASKED
  }

  /**
   * What is mounted.
   *
   * @param uuid of the filesystem
   * @param label of the filesystem
   */
  public record Identity(String uuid, String label) {}

  /**
   * One mount.
   *
   * @param entry of the mount table
   * @param daemon what is known of its daemon
   * @param identity what its daemon says is mounted; empty unless it answers
   */
  public record HostMount(MountEntry entry, Daemon daemon, Optional<Identity> identity) {}

  private final Directories directories = Directories.ofCurrentUser();
  private final long deadlineNanos = System.nanoTime() + SEARCH_TIMEOUT.toNanos();

  private HostMounts() throws IOException {}

  /** All of them, oldest first. Takes four seconds at most. */
  public static List<HostMount> read() throws IOException {
    HostMounts mounts = new HostMounts();
    List<HostMount> all = new ArrayList<>();
    Map<String, HostMount> asked = new HashMap<>();
    for (MountEntry entry : MountInfo.read().entries()) {
      if (entry.isOurs()) {
        // A filesystem that is seen at several places has one daemon.
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
      try (ControlClient client = ControlClient.connect(live.orElseThrow().socket())) {
        // Half of the time that is left: behind one that is stopped there may be others.
        long now = System.nanoTime();
        Json.JsonObject status =
            client.askUntil(
                now + (deadlineNanos - now) / 2, new ControlRequest(ControlRequest.Action.STATUS));
        Identity identity = new Identity(status.text("uuid"), status.text("label"));
        return new HostMount(entry, Daemon.LIVE, Optional.of(identity));
      }
    } catch (IOException e) {
      LOG.debug("{} cannot be asked", entry.mountPoint(), e);
      return new HostMount(entry, Daemon.SILENT, Optional.empty());
    }
  }
}
