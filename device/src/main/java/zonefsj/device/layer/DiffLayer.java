// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.NativeFile;
import zonefsj.device.software.ZoneStateMachine;

/**
 * Layers in a file, which survive restarts, kills and power failures.
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
      checkStage(layer, readOnly);
      LayerMatch.check(layer, BaseZones.of(base));
      device = load(layer, base, readOnly);
      return device;
    } finally {
      if (device == null) {
        layer.close();
      }
    }
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
        throw interrupted(file);
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

  private static LayeredZonedDevice load(LayerFile layer, ZonedDevice base, boolean readOnly)
      throws IOException {
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
        "layer " + layer.path() + " over " + base.geometry().description(),
        machine,
        storage,
        layer.presence(),
        layer.header().uuid(),
        readOnly);
  }

  private static void checkStage(LayerFile layer, boolean readOnly) throws LayerException {
    switch (layer.stage()) {
      case NONE -> {}
      case RESETTING, WRITING -> {
        if (!readOnly) {
          throw interrupted(layer.path());
        }
        LOG.warn(
            "{}: the merge of the layer was interrupted; it can be read, complete the merge",
            layer.path());
      }
      case COMPLETE ->
          throw new LayerException(
              layer.path()
                  + ": the layer is merged into the drive below; drop it, and use that drive");
    }
  }

  private static LayerException interrupted(Path file) {
    return new LayerException(
        file
            + ": the merge of the layer into the drive below was interrupted; merge it again to"
            + " complete it, until then the layer can only be read, and the drive below not be"
            + " used");
  }
}
