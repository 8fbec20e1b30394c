// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.UserError;

/** Opens drives for manual changes, and refuses those that are in use. */
public final class UnmountedDrive {
  private UnmountedDrive() {}

  /**
   * Opens a drive for reading.
   *
   * @throws UserError if this user has mounted it
   */
  public static ZonedDevice openToRead(String spec) throws IOException {
    refuseMounted(spec);
    return new DriveOpener().openToRead(spec);
  }

  /**
   * Opens a drive for manual changes. Never opens a drive that is mounted or in use.
   *
   * @param force whether to open a drive that holds a filesystem
   * @throws UserError if this user has mounted it, or it holds a filesystem and {@code force} is
   *     false
   */
  public static ZonedDevice openToChange(String spec, boolean force) throws IOException {
    refuseMounted(spec);
    ZonedDevice device = new DriveOpener().openToWrite(spec);
    boolean free = false;
    try {
      if (!force) {
        refuseContent(spec, device);
      }
      free = true;
      return device;
    } finally {
      if (!free) {
        device.close();
      }
    }
  }

  /**
   * Refuses a drive that anything on this host uses, as a kernel's filesystem does.
   *
   * @throws UserError with its users
   */
  static void refuseUsed(String spec) throws IOException {
    List<String> users = InfoCommand.users(spec);
    if (!users.isEmpty()) {
      throw new UserError(spec + " is in use (" + String.join(", ", users) + "); unmount it first");
    }
  }

  private static void refuseMounted(String spec) throws IOException {
    Optional<MountEntry> mounted = MountedDrive.find(spec);
    if (mounted.isPresent()) {
      MountEntry entry = mounted.orElseThrow();
      throw new UserError(
          entry.source() + " is mounted at " + entry.mountPoint() + ": unmount it first");
    }
  }

  private static void refuseContent(String spec, ZonedDevice device) throws IOException {
    Optional<DriveContent> content = DriveContent.of(device).filter(DriveContent::precious);
    if (content.isPresent()) {
      throw new UserError(
          spec
              + " holds "
              + content.orElseThrow().title()
              + ": changes by hand destroy it; --force makes them anyway");
    }
  }
}
