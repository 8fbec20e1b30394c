package zonefsj.fs.cli.control;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.MountInfo;

/** Which of our filesystems are mounted, as far as their daemons can be asked. */
public final class MountedSources {
  private static final Logger LOG = LoggerFactory.getLogger(MountedSources.class);

  /**
   * A mounted filesystem.
   *
   * @param spec its drive
   * @param uuid of the filesystem
   * @param label of the filesystem
   */
  public record Source(String spec, String uuid, String label) {}

  private MountedSources() {}

  /** All of them. */
  public static List<Source> all() throws IOException {
    Directories directories = Directories.ofCurrentUser();
    List<Source> sources = new ArrayList<>();
    for (MountEntry entry : MountInfo.read().entries()) {
      if (entry.isOurs()) {
        ask(directories, entry).ifPresent(sources::add);
      }
    }
    return sources;
  }

  private static Optional<Source> ask(Directories directories, MountEntry entry) {
    try {
      Optional<LiveMount> live = LiveMount.of(directories, entry);
      if (live.isEmpty()) {
        return Optional.empty();
      }
      try (ControlClient client = ControlClient.connect(live.orElseThrow().socket())) {
        Json.Structure status =
            client.ask(
                new ControlRequest(ControlRequest.Action.STATUS),
                ProgressListener.NONE,
                item -> {});
        return Optional.of(
            new Source(status.text("source"), status.text("uuid"), status.text("label")));
      }
    } catch (IOException e) {
      // A dead mount, or another user's: not one whose drive could be found through it.
      LOG.debug("{} cannot be asked", entry.mountPoint(), e);
      return Optional.empty();
    }
  }
}
