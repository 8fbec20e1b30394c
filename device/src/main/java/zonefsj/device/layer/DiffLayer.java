// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.NativeFile;
import zonefsj.device.software.ZoneStateMachine;

/**
 * Layers in a file or on a drive, which survive restarts, kills and power failures.
 *
 * <p>A layer on a drive takes three zones of it and otherwise one for each zone of the drive below:
 * it needs the same zones, three more at the beginning. Its rules are those of {@link
 * LayerDriveStorage}. Of open and active zones it allows what both drives allow, but for the three
 * active ones that it keeps for itself. A zone that is open when it is closed is closed when it is
 * opened again.
 *
 * <p>The file is a format of its own, modelled on the image of an emulated drive, rather than an
 * embedded database: a byte of the drive has a fixed position in the file, so there is no index to
 * read, to grow or to repair, a write of the drive is one write of the file and the host's
 * filesystem keeps the file sparse; the rules for kills and power failures are those of an image,
 * by the same code; and it needs no library. A database would log each block before it stores it.
 *
 * <p>After a kill of the process, the last write either did or did not happen. After a power
 * failure of the host, data written since the last flush may be there in part and in any order;
 * bytes of before a reset never come back. The first write to a block of a conventional zone costs
 * a flush of the file, later ones do not; writes to sequential zones never do.
 *
 * <p>A layer belongs to one drive: the file has the type, capacity, condition and write pointer of
 * each of its zones, and is refused over a drive that has others. A zone of the drive below that
 * has failed since is accepted. Only one program at a time may open a layer for writing, several
 * may read it.
 *
 * <p>Stateless and thread-safe.
 */
public final class DiffLayer {
  private static final Logger LOG = LoggerFactory.getLogger(DiffLayer.class);

  private DiffLayer() {}

  /**
   * Begins a layer over a drive. Costs 56 bytes for each zone and one bit for each block of a
   * conventional zone.
   *
   * @param file must not exist
   * @param base the drive below; stays the caller's
   * @throws LayerException with a one-line message if the file exists or cannot be made; no file is
   *     left then
   */
  public static void create(Path file, ZonedDevice base) throws IOException {
    create(file, base, UUID.randomUUID(), System.currentTimeMillis());
  }

  /** As above, with a given identity. */
  public static void create(Path file, ZonedDevice base, UUID uuid, long createdMillis)
      throws IOException {
    LayerFile.create(file, BaseZones.of(base), uuid, createdMillis);
  }

  /**
   * Begins a layer on a drive.
   *
   * @param top the drive that is to keep it: its zones are those of the drive below, after three
   *     that the layer takes; stays the caller's
   * @param base the drive below; stays the caller's
   * @param erases whether {@code top} may hold something, which is lost then
   * @throws LayerException with a one-line message if {@code top} holds something, or does not fit;
   *     nothing is changed then
   */
  public static void create(ZonedDevice top, ZonedDevice base, boolean erases) throws IOException {
    create(top, base, erases, UUID.randomUUID(), System.currentTimeMillis());
  }

  /** As above, with a given identity. */
  public static void create(
      ZonedDevice top, ZonedDevice base, boolean erases, UUID uuid, long createdMillis)
      throws IOException {
    LayerDrive.create(top, base, erases, uuid, createdMillis);
  }

  /**
   * Opens a layer.
   *
   * @param base the drive below, which should be opened read-only; owned by the result, not if this
   *     fails
   * @param access to the layer; a layer whose merge was interrupted can only be read
   * @throws LayerException with a one-line message if the file is missing, in use, not a layer, of
   *     a newer format, damaged or truncated, if the layer is merged, or if it belongs to another
   *     drive
   */
  public static LayeredZonedDevice open(Path file, ZonedDevice base, DeviceAccess access)
      throws IOException {
    boolean readOnly = access == DeviceAccess.READ_ONLY;
    LayerFile layer = LayerFile.open(file, base.geometry(), readOnly);
    LayeredZonedDevice device = null;
    try {
      device = load(layer, base, readOnly);
      return device;
    } finally {
      if (device == null) {
        layer.close();
      }
    }
  }

  /**
   * Opens the layer on a drive.
   *
   * @param top the drive that keeps it; owned by the result, not if this fails
   * @param base the drive below, which should be opened read-only; owned by the result, not if this
   *     fails
   * @param access to the layer; a layer whose merge was interrupted can only be read
   * @throws LayerException with a one-line message if the layer is of a newer format, damaged,
   *     merged, or belongs to another drive
   * @throws zonefsj.device.spec.DeviceSpecException if {@code top} keeps no layer
   */
  public static LayeredZonedDevice open(ZonedDevice top, ZonedDevice base, DeviceAccess access)
      throws IOException {
    boolean readOnly = access == DeviceAccess.READ_ONLY;
    return load(LayerDrive.open(top, base, readOnly), base, readOnly);
  }

  /**
   * Removes the layer on a drive with its changes: empties the drive, which stays the caller's.
   *
   * @return the identity that it had
   * @throws LayerException with a one-line message if it is damaged, or if its merge was
   *     interrupted, because the drive below then needs it
   * @throws zonefsj.device.spec.DeviceSpecException if {@code top} keeps no layer
   */
  public static UUID drop(ZonedDevice top) throws IOException {
    return LayerDrive.drop(top);
  }

  /** The identity of the layer that a drive keeps; empty if it keeps none. */
  public static Optional<UUID> identity(ZonedDevice top) throws IOException {
    return LayerDrive.identity(top);
  }

  /**
   * Removes a layer with its changes. The drive below stays as it is.
   *
   * @throws LayerException with a one-line message if the file is missing, in use or not a layer,
   *     or if its merge was interrupted, because the drive below then needs it
   */
  public static void drop(Path file) throws IOException {
    try (NativeFile locked = LayerFile.openLocked(file, false)) {
      LayerFile.header(file, locked);
      if (LayerFile.stage(file, locked).isInterrupted()) {
        throw interrupted(file.toString());
      }
      LayerFile.remove(file);
    }
  }

  /**
   * The identity of a layer.
   *
   * @throws LayerException with a one-line message if the file is missing, in use or not a layer
   */
  public static UUID identity(Path file) throws IOException {
    try (NativeFile locked = LayerFile.openLocked(file, true)) {
      return LayerFile.header(file, locked).uuid();
    }
  }

  private static LayeredZonedDevice load(LayerStore layer, ZonedDevice base, boolean readOnly)
      throws IOException {
    checkStage(layer, readOnly);
    LayerMatch.check(layer, BaseZones.of(base));
    if (!readOnly) {
      layer.saveCorrected();
    }
    ZoneStateMachine machine = layer.machine();
    LayeredStorage storage =
        new LayeredStorage(
            base, layer.zones(), machine, layer.storage(), layer.map(), layer::addBlocks);
    return new LayeredZonedDevice(
        base,
        layer.zones(),
        "layer " + layer.name() + " over " + base.geometry().description(),
        machine,
        storage,
        layer.presence(),
        layer.header().uuid(),
        layer.below(),
        readOnly);
  }

  private static void checkStage(LayerStore layer, boolean readOnly) throws LayerException {
    checkNotDropped(layer);
    switch (layer.stage()) {
      case NONE, DROPPED -> {}
      case RESETTING, WRITING -> {
        if (!readOnly) {
          throw interrupted(layer.name());
        }
        LOG.warn(
            "{}: the merge of the layer was interrupted; it can be read, complete the merge",
            layer.name());
      }
      case COMPLETE ->
          throw new LayerException(
              layer.name()
                  + ": the layer is merged into the drive below; drop it, and use that drive");
    }
  }

  /** Refuses a layer whose removal was interrupted: some of its bytes are gone. */
  static void checkNotDropped(LayerStore layer) throws LayerException {
    if (layer.stage() == MergeStage.DROPPED) {
      throw new LayerException(
          layer.name() + ": the layer was being dropped when that ended; drop it again");
    }
  }

  /** The exception for a layer that is merged in part. */
  static LayerException interrupted(String file) {
    return new LayerException(
        file
            + ": the merge of the layer into the drive below was interrupted; merge it again to"
            + " complete it, until then the layer can only be read, and the drive below not be"
            + " used");
  }
}
