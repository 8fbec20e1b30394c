// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import zonefsj.device.mounts.MountTable;
import zonefsj.device.mounts.MountTableEntry;

/** Refuses an impossible mount with a message before anything is mounted. */
public final class MountPointCheck {
  private static final Path FUSE_DEVICE = Path.of("/dev/fuse");

  private MountPointCheck() {}

  /**
   * Checks the FUSE device and the mount point.
   *
   * @return the mount point as the kernel will name it: absolute, symbolic links resolved
   */
  public static Path check(FuseMountOptions options) throws FuseMountException {
    if (!Files.exists(FUSE_DEVICE)) {
      throw new FuseMountException(
          FUSE_DEVICE
              + " is missing: load the kernel module (modprobe fuse), or give the container"
              + " access to it (--device /dev/fuse)");
    }
    if (!Files.isReadable(FUSE_DEVICE) || !Files.isWritable(FUSE_DEVICE)) {
      throw new FuseMountException(
          FUSE_DEVICE + " may not be opened by this user: mount as root, or ask for access to it");
    }
    Path given = options.mountPoint();
    refuseMounted(given);
    if (!Files.exists(given)) {
      throw new FuseMountException("mount point " + given + " does not exist: make the directory");
    }
    if (!Files.isDirectory(given)) {
      throw new FuseMountException("mount point " + given + " is not a directory: give one");
    }
    Path real;
    try {
      real = given.toRealPath();
      refuseMounted(real);
      if (!options.transportOptions().nonEmpty()) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(real)) {
          if (entries.iterator().hasNext()) {
            throw new FuseMountException(
                "mount point " + given + " is not empty: empty it, or mount with -o nonempty");
          }
        }
      }
    } catch (FuseMountException e) {
      throw e;
    } catch (IOException e) {
      throw new FuseMountException("mount point " + given + " cannot be looked at: " + e, e);
    }
    return real;
  }

  /**
   * Refuses a directory on which a FUSE filesystem is mounted. Reads only the mount table: the
   * mount may be dead, or belong to another user whose daemon need not answer.
   */
  public static void refuseMounted(Path given) throws FuseMountException {
    try {
      MountTableEntry mounted =
          MountTable.read().at(given.toAbsolutePath().normalize()).orElse(null);
      if (mounted != null && mounted.type().startsWith("fuse")) {
        throw new FuseMountException(
            given
                + " is already mounted ("
                + mounted.source()
                + ", type "
                + mounted.type()
                + "): unmount it first (umount "
                + given
                + ")");
      }
    } catch (FuseMountException e) {
      throw e;
    } catch (IOException e) {
      throw new FuseMountException("the table of mounts cannot be read: " + e.getMessage(), e);
    }
  }
}
