// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.cli.host.CanonicalPath;
import zonefsj.fs.cli.host.MountInfo;
import zonefsj.fs.cli.host.TrustedPath;
import zonefsj.fs.cli.host.UserError;

/**
 * Checks whether a directory may hold an index. An index that does not belong to the drive's
 * history is set aside and later removed, with everything in its directory, so a directory with
 * other files is refused.
 */
public final class IndexDirectoryCheck {
  private static final Logger LOG = LoggerFactory.getLogger(IndexDirectoryCheck.class);

  /** File names of RocksDB, and the markers of a damaged index and of one set aside. */
  private static final Pattern OF_AN_INDEX =
      Pattern.compile(
          "CURRENT|IDENTITY|LOCK|LOG|LOG\\.old\\.\\d+|MANIFEST-\\d+|OPTIONS-\\d+(\\.dbtmp)?"
              + "|\\d+\\.(log|sst|blob|dbtmp)|DAMAGED|SET-ASIDE");

  /** What follows the name of the directory in the names of the siblings that are removed. */
  private static final Pattern OF_OURS =
      Pattern.compile("new|native|checkpoint-[0-9]{1,18}([.]tmp)?|aside-[0-9]{1,18}");

  /** The library of RocksDB as it unpacks it. */
  private static final Pattern NATIVE = Pattern.compile("librocksdbjni.*");

  private IndexDirectoryCheck() {}

  /**
   * Checks the directory that {@code meta=} names.
   *
   * @param mountPoint directory where the filesystem is going to be mounted
   * @param uid user who mounts
   * @throws UserError if the directory holds other files, is below the mount point or is itself a
   *     mount point, or another user could redirect its path
   */
  public static void check(Path directory, Path mountPoint, int uid) throws IOException {
    Path parent = directory.getParent();
    if (parent == null) {
      throw new UserError(
          "meta="
              + directory
              + ": the root directory cannot hold an index: give a directory for it alone");
    }
    checkOutside("meta=" + directory, directory, mountPoint);
    // A link to a mount point can be renamed.
    Path renamed =
        Files.isDirectory(parent)
            ? CanonicalPath.of(parent).resolve(directory.getFileName())
            : directory;
    if (MountInfo.read().at(renamed).isPresent()) {
      throw new UserError(
          "meta="
              + directory
              + " is a mount point, which cannot be renamed when the index is replaced: give a"
              + " directory in it");
    }
    checkTrusted(directory, parent, uid);
    try {
      checkContent(directory, OF_AN_INDEX);
      checkSiblings(directory, parent);
    } catch (NotDirectoryException e) {
      throw new UserError(
          "meta="
              + directory
              + ": "
              + e.getMessage()
              + " is not a directory: give one for the index alone",
          e);
    }
  }

  /**
   * Checks that something that the daemon uses stays reachable when the filesystem is mounted.
   *
   * @param what names it in the message
   * @throws UserError if it is below the mount point
   */
  static void checkOutside(String what, Path path, Path mountPoint) throws IOException {
    Path parent = path.getParent();
    boolean canResolve = parent != null && Files.isDirectory(parent);
    if ((canResolve ? CanonicalPath.of(path) : path).startsWith(mountPoint)) {
      throw new UserError(
          what
              + " is below "
              + mountPoint
              + ": it cannot be on the filesystem that needs it: give a directory elsewhere");
    }
  }

  private static void checkContent(Path directory, Pattern names) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (!names.matcher(name).matches()) {
          throw new UserError(
              "meta="
                  + directory
                  + " holds something else than an index ("
                  + name
                  + "): give a directory for the index alone; it need not exist");
        }
      }
    } catch (NoSuchFileException e) {
      LOG.debug("{} is not there yet", directory);
    }
  }

  /** A mount removes the siblings that a killed one left, with everything in them. */
  private static void checkSiblings(Path directory, Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      return;
    }
    String own = directory.getFileName() + ".";
    try (DirectoryStream<Path> siblings = Files.newDirectoryStream(parent)) {
      for (Path sibling : siblings) {
        String name = String.valueOf(sibling.getFileName());
        if (name.startsWith(own) && OF_OURS.matcher(name.substring(own.length())).matches()) {
          checkContent(sibling, name.equals(own + "native") ? NATIVE : OF_AN_INDEX);
        }
      }
    }
  }

  private static void checkTrusted(Path directory, Path parent, int uid) throws IOException {
    try {
      TrustedPath.check(directory, uid);
      // Locks, copies and indexes that are set aside lie beside it.
      TrustedPath.check(parent, uid);
    } catch (UserError e) {
      throw new UserError("meta=" + e.getMessage(), e);
    }
  }
}
