package zonefsj.fs.cli.control;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.MountInfo;

/**
 * The filesystems that this user has mounted, as far as their daemons answer. The daemons of other
 * users are not asked: what they answer would decide which drive is opened.
 */
public final class MountedSources {
  private static final Logger LOG = LoggerFactory.getLogger(MountedSources.class);

  /** For all daemons together: one that is stopped is not to hold up a search. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /**
   * A mounted filesystem.
   *
   * @param spec its drive, by the mount table
   * @param uuid of the filesystem
   * @param label of the filesystem
   */
  public record Source(String spec, String uuid, String label) {}

  private MountedSources() {}

  /** All of them. */
  public static List<Source> all() throws IOException {
    Directories directories = Directories.ofCurrentUser();
    long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
    List<Source> sources = new ArrayList<>();
    for (MountEntry entry : MountInfo.read().entries()) {
      if (entry.isOf(directories.uid())) {
        ask(directories, entry, deadlineNanos).ifPresent(sources::add);
      }
    }
    return sources;
  }

  private static Optional<Source> ask(
      Directories directories, MountEntry entry, long deadlineNanos) {
    try {
      Optional<LiveMount> live = LiveMount.of(directories, entry);
      if (live.isEmpty()) {
        return Optional.empty();
      }
      try (ControlClient client = ControlClient.connect(live.orElseThrow().socket())) {
        Json.Structure status =
            client.askUntil(deadlineNanos, new ControlRequest(ControlRequest.Action.STATUS));
        return Optional.of(new Source(entry.source(), status.text("uuid"), status.text("label")));
      }
    } catch (IOException e) {
      // A dead mount, or a daemon that is stopped: its drive cannot be found through it.
      LOG.debug("{} cannot be asked", entry.mountPoint(), e);
      return Optional.empty();
    }
  }
}
