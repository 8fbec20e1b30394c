// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.util.Optional;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.UserError;

/** Opens drives for work by hand, so that nobody who counts on them is harmed. */
public final class UnmountedDrive {
  private UnmountedDrive() {}

  /**
   * Opens a drive for reading.
   *
   * @throws UserError if it is mounted by us
   */
  public static ZonedDevice openToRead(String spec) throws IOException {
    refuseMounted(spec);
    return new DriveOpener().openToRead(spec);
  }

  /**
   * Opens a drive for changes by hand. One that is mounted or in use is never opened.
   *
   * @param force also one that holds a filesystem
   * @throws UserError if it is mounted by us, or holds a filesystem and that is not forced
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
              + ": changes by hand destroy it; --force does them all the same");
    }
  }
}
