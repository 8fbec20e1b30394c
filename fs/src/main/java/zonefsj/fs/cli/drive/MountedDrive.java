package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.MountInfo;

/** Tells a drive that is mounted from one that is not. */
public final class MountedDrive {
  private MountedDrive() {}

  /**
   * The mount that is meant by a SPEC or a directory.
   *
   * @return empty if it is a SPEC, and not mounted by this user
   * @throws zonefsj.fs.cli.host.UserError if it is a directory on which nothing of ours is mounted
   */
  public static Optional<MountEntry> find(String specOrDirectory) throws IOException {
    if (!specOrDirectory.contains("=") && Files.isDirectory(Path.of(specOrDirectory))) {
      return Optional.of(LiveMount.entryOf(Path.of(specOrDirectory), LiveMount.Scope.ANYWHERE));
    }
    String source = new Drives().absolute(specOrDirectory);
    return MountInfo.read().entries().stream()
        .filter(entry -> entry.isOurs() && entry.source().equals(source))
        .findFirst();
  }
}
