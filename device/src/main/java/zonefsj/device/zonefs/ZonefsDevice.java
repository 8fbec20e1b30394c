// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import zonefsj.device.MediumPresence;
import zonefsj.device.OpenedPath;
import zonefsj.device.ZoneCondition;
import zonefsj.device.block.BlockPresence;
import zonefsj.device.block.NativeFile;
import zonefsj.device.software.SoftwareZonedDevice;
import zonefsj.device.software.ZoneStateMachine;

/**
 * A zoned drive through the kernel's zonefs. It has one zone less than the device, whose first zone
 * holds the super block of zonefs.
 *
 * <p>The directory of the mount is locked with flock(2): exclusively, or shared if the drive is
 * opened to be read only. Programs that take no lock can still change the files; a write then
 * fails.
 *
 * <p>Threading: as {@link SoftwareZonedDevice}.
 */
public final class ZonefsDevice extends SoftwareZonedDevice implements MediumPresence {
  private final OpenedPath opened;
  private final BlockPresence drive;

  private ZonefsDevice(
      Path directory,
      ZonefsLayout layout,
      ZoneStateMachine machine,
      ZonefsStorage storage,
      boolean readOnly)
      throws IOException {
    super(layout.geometry(), machine, storage, readOnly);
    this.opened = new OpenedPath(directory);
    this.drive = BlockPresence.ofFilesystem(directory);
  }

  /**
   * Opens a mount.
   *
   * @param directory where zonefs is mounted
   * @param readOnly whether every change is refused
   * @throws ZonefsException with a one-line message if it is no such mount, or in use
   */
  public static ZonefsDevice open(Path directory, boolean readOnly) throws IOException {
    return open(directory, KernelZoneFiles.of(directory), readOnly);
  }

  /** As above, with files that are given, for tests. */
  static ZonefsDevice open(Path directory, ZoneFiles mount, boolean readOnly) throws IOException {
    NativeFile lock = NativeFile.open(directory, EnumSet.noneOf(NativeFile.Option.class));
    Closeable owned = lock;
    ZonefsDevice device = null;
    try {
      if (!lock.tryLock(readOnly)) {
        throw new ZonefsException(
            directory + " is in use by another zonefs-j; unmount it or wait for the other one");
      }
      ZonefsLayout layout = ZonefsLayout.read(directory, mount);
      ZoneStateMachine machine = new ZoneStateMachine(layout.shapes(), layout.states());
      ZonefsStorage storage = new ZonefsStorage(mount, layout.files(), lock);
      // Closes the lock, too, and the files that were opened.
      owned = storage;
      if (!readOnly) {
        finishExcess(layout, machine, storage);
      }
      device = new ZonefsDevice(directory, layout, machine, storage, readOnly);
      return device;
    } finally {
      if (device == null) {
        owned.close();
      }
    }
  }

  /** Finishes zones that the machine has finished because more were active than the limit. */
  private static void finishExcess(
      ZonefsLayout layout, ZoneStateMachine machine, ZonefsStorage storage) throws IOException {
    for (int zone = 0; zone < layout.states().size(); zone++) {
      if (machine.state(zone).condition() == ZoneCondition.FULL
          && layout.states().get(zone).condition() != ZoneCondition.FULL) {
        storage.finish(zone);
      }
    }
  }

  @Override
  public String loss() {
    return drive.loss();
  }

  @Override
  public boolean isPresent() {
    return opened.isPresent();
  }
}
