package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.fs.cli.host.CanonicalPath;
import zonefsj.fs.cli.host.Directories;
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
    Optional<MountEntry> directory = mountPoint(specOrDirectory);
    if (directory.isPresent()) {
      return directory;
    }
    String source = new Drives().absolute(specOrDirectory);
    int uid = Directories.currentUid();
    return MountInfo.read().entries().stream()
        .filter(entry -> entry.isOf(uid) && entry.source().equals(source))
        .findFirst();
  }

  private static Optional<MountEntry> mountPoint(String text) throws IOException {
    if (!(DeviceSpec.parse(text) instanceof DeviceSpec.AtPath at)) {
      return Optional.empty();
    }
    Path parent = at.path().toAbsolutePath().getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      return Optional.empty();
    }
    // Not stat(2) at once: the mount may hang.
    Optional<MountEntry> mounted =
        MountInfo.read().at(CanonicalPath.of(at.path())).filter(MountEntry::isOurs);
    return mounted.isPresent() || !Files.isDirectory(at.path())
        ? mounted
        : Optional.of(LiveMount.entryOf(at.path(), LiveMount.Scope.ANYWHERE));
  }
}
