// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import zonefsj.device.ZonedDevice;
import zonefsj.device.software.ZoneStateMachine;

/**
 * Makes layers in memory: all changes are gone when the drive is closed.
 *
 * <p>Costs memory on the heap only for what is written, in chunks of 32 KiB: the bytes, 8 bytes for
 * each 32 KiB of a zone that is written, and one bit for each block of a conventional zone that is
 * written. A reset gives back the bytes of a sequential zone.
 *
 * <p>Stateless and thread-safe.
 */
public final class MemoryLayer {
  private MemoryLayer() {}

  /**
   * Begins a layer over a drive.
   *
   * @param base the drive below; owned by the result, not if this fails
   * @param maxBytes most bytes of written data that the layer may keep, counted in chunks of 32
   *     KiB; a write that needs more fails with {@link
   *     zonefsj.device.DeviceException.Reason#LAYER_FULL} and stores nothing; empty: as many as the
   *     heap can keep
   * @throws IOException if the drive below cannot report its zones
   */
  public static LayeredZonedDevice open(ZonedDevice base, OptionalLong maxBytes)
      throws IOException {
    BaseZones zones = BaseZones.of(base);
    ZoneStateMachine machine = new ZoneStateMachine(zones, zones.initialStates());
    BlockMap map = new BlockMap(zones);
    LayeredStorage storage =
        new LayeredStorage(base, zones, machine, new MemoryStorage(zones, maxBytes), map, map::add);
    return new LayeredZonedDevice(
        base,
        zones,
        "layer in memory over " + base.geometry().description(),
        machine,
        storage,
        null,
        null,
        List.of(),
        false);
  }
}
