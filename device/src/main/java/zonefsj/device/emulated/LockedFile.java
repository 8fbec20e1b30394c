// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.block.BlockDeviceFacts;
import zonefsj.device.block.NativeException;
import zonefsj.device.block.NativeFile;
import zonefsj.device.block.NativeFile.Option;

/**
 * A file or drive that is locked with flock(2), independent of the path used: for a loop device
 * over a whole file, the file is locked, too, so that an image and its loop devices count as one
 * drive.
 *
 * <p>Thread-safe.
 */
final class LockedFile implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(LockedFile.class);

  private static final int PERMISSIONS = 07777;

  /** To read or write for others, or to write for the group: an image is created with 0640. */
  private static final int WIDER_THAN_CREATED = 0026;

  private final NativeFile file;
  private final @Nullable NativeFile behind;

  private LockedFile(NativeFile file, @Nullable NativeFile behind) {
    this.file = file;
    this.behind = behind;
  }

  /**
   * Locks an open file; closes it if this fails. Waits only for udev, up to two seconds.
   *
   * @param shared whether other holders may have a shared lock, too
   * @throws ImageException with a one-line message if another holder has locked it
   * @throws IOException if the system cannot lock it
   */
  static LockedFile lock(ImageLocation place, NativeFile file, boolean shared) throws IOException {
    NativeFile behind = null;
    boolean locked = false;
    try {
      behind = place.isDrive() ? openBehind(place.path()) : null;
      locked =
          (place.isDrive() ? file.tryLockDrive(shared) : file.tryLock(shared))
              && (behind == null || behind.tryLock(shared));
      if (!locked) {
        throw new ImageException(
            place.path()
                + (place.isDrive() ? ": the drive" : ": the image")
                + " is in use: it is mounted, or another zonefs-j has it open; unmount it or wait"
                + " for the other one"
                + (place.isDrive() ? "" : whoElse(place.path())));
      }
      return new LockedFile(file, behind);
    } finally {
      if (!locked) {
        new LockedFile(file, behind).close();
      }
    }
  }

  /** flock(2) needs no more than an open file, so whoever may open an image can lock it. */
  private static String whoElse(Path image) {
    try {
      Object mode = Files.getAttribute(image, "unix:mode");
      boolean wide = mode instanceof Integer bits && (bits & WIDER_THAN_CREATED) != 0;
      return wide
          ? String.format(
              "; its mode is %o, and whoever may open it can hold it: 'chmod 640' keeps others out",
              (Integer) mode & PERMISSIONS)
          : "";
    } catch (IOException | UnsupportedOperationException unknown) {
      LOG.debug("the mode of {} is not known", image, unknown);
      return "";
    }
  }

  /** Null also if the file must not be read: then only the device itself is locked. */
  private static @Nullable NativeFile openBehind(Path device) throws IOException {
    Path behind = BlockDeviceFacts.behindLoop(device);
    if (behind == null) {
      return null;
    }
    try {
      return NativeFile.open(behind, EnumSet.noneOf(Option.class));
    } catch (NativeException e) {
      LOG.debug("{} behind {} is not locked", behind, device, e);
      return null;
    }
  }

  /** The file or drive itself. */
  NativeFile file() {
    return file;
  }

  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      if (behind != null) {
        behind.close();
      }
    }
  }
}
