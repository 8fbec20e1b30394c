// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import zonefsj.device.drives.PathSpec;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.fs.cli.host.CanonicalPath;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.MountInfo;
import zonefsj.fs.cli.host.TrustedPath;
import zonefsj.fs.cli.host.UserError;

/** Finds the mount of a drive, if it is mounted. */
public final class MountedDrive {
  private MountedDrive() {}

  /**
   * Finds the mount that a SPEC or a directory names.
   *
   * @return empty if it is a SPEC, and this user has not mounted it
   * @throws UserError if it is a directory without a zonefs-j mount
   */
  public static Optional<MountEntry> find(String specOrDirectory) throws IOException {
    Optional<MountEntry> directory = mountPoint(specOrDirectory);
    if (directory.isPresent()) {
      return directory;
    }
    return ofDrive(specOrDirectory).stream().findFirst();
  }

  /**
   * Finds the one mount that a directory or a SPEC names.
   *
   * @param scope which directories name a mount
   * @throws UserError if this user has mounted nothing there, or a drive at several places
   */
  public static MountEntry require(String specOrDirectory, LiveMount.Scope scope)
      throws IOException {
    Path path = DeviceSpec.parse(specOrDirectory) instanceof PathSpec at ? at.path() : null;
    // Reads the mount table before it calls stat(2): the mount may hang.
    if (path != null && (isOursAt(path) || !Files.exists(path) || Files.isDirectory(path))) {
      return LiveMount.entryOf(path, scope);
    }
    List<MountEntry> mounts = ofDrive(specOrDirectory);
    boolean isOne =
        mounts.size() == 1
            || (scope == LiveMount.Scope.ANYWHERE
                && mounts.stream().map(MountEntry::device).distinct().count() == 1);
    if (isOne) {
      return mounts.get(0);
    }
    if (mounts.size() > 1) {
      throw new UserError(
          specOrDirectory
              + " is mounted at several places: "
              + mounts.stream()
                  .map(entry -> entry.mountPoint().toString())
                  .collect(Collectors.joining(", "))
              + "; say which");
    }
    if (path != null && scope == LiveMount.Scope.ANYWHERE && isOnAMount(path)) {
      return LiveMount.entryOf(path, scope);
    }
    throw new UserError(
        specOrDirectory
            + " is not mounted by this user: 'zonefs-j list' shows what is mounted, and by whom");
  }

  /**
   * As {@link #require}, for the end of a mount: a path that others can change must not lead to
   * another mount than was meant. A path that the mount table, or the mount as its source, has
   * literally needs no check.
   *
   * @throws UserError also if somebody else than the user of the mount could have led the path
   *     there
   */
  public static MountEntry requireToEnd(String specOrDirectory) throws IOException {
    MountEntry entry = require(specOrDirectory, LiveMount.Scope.MOUNT_POINT);
    if (!(DeviceSpec.parse(specOrDirectory) instanceof PathSpec at)) {
      return entry;
    }
    Path given = at.path().toAbsolutePath().normalize();
    Path point = entry.mountPoint();
    Path end = CanonicalPath.of(given).equals(point) ? point : Path.of(entry.source());
    if (!given.equals(end)) {
      TrustedPath.checkWay(given, end, entry.mounterUid().orElse(Directories.currentUid()));
    }
    return entry;
  }

  private static boolean isOursAt(Path path) throws IOException {
    return MountInfo.read().at(CanonicalPath.of(path)).filter(MountEntry::isOurs).isPresent();
  }

  private static boolean isOnAMount(Path path) throws IOException {
    return MountInfo.read().covering(CanonicalPath.of(path)).filter(MountEntry::isOurs).isPresent();
  }

  /** The mounts of a drive by this user. */
  private static List<MountEntry> ofDrive(String spec) throws IOException {
    String source = new DriveOpener().absolute(spec);
    int uid = Directories.currentUid();
    return MountInfo.read().entries().stream()
        .filter(entry -> entry.isOf(uid) && entry.source().equals(source))
        .toList();
  }

  private static Optional<MountEntry> mountPoint(String text) throws IOException {
    if (!(DeviceSpec.parse(text) instanceof PathSpec at)) {
      return Optional.empty();
    }
    Path parent = at.path().toAbsolutePath().getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      return Optional.empty();
    }
    // Reads the mount table before it calls stat(2): the mount may hang.
    Optional<MountEntry> mounted =
        MountInfo.read().at(CanonicalPath.of(at.path())).filter(MountEntry::isOurs);
    return mounted.isPresent() || !Files.isDirectory(at.path())
        ? mounted
        : Optional.of(LiveMount.entryOf(at.path(), LiveMount.Scope.ANYWHERE));
  }
}
