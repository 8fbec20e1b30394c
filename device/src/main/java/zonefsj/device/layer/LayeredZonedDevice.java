// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.MediumPresence;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.software.SoftwareZonedDevice;
import zonefsj.device.software.ZoneStateMachine;

/**
 * A drive whose changes are kept in a layer, over a drive that is never written. {@link
 * MemoryLayer} keeps them in memory, {@link DiffLayer} in a file or on a drive.
 *
 * <p>Geometry and limits are those of the drive below; the limits are lower if the drive that keeps
 * the layer allows less. A zone begins as the drive below reports it; an open zone begins as
 * closed, a failed zone stays failed.
 *
 * <p>The layered drive owns the drive below: closing it closes both. It calls no method of it that
 * changes anything, so that drive may, and should, be opened read-only.
 *
 * <p>Threading: as {@link SoftwareZonedDevice}.
 */
public final class LayeredZonedDevice extends SoftwareZonedDevice
    implements StackedDevice, MediumPresence {
  private final ZonedDevice base;
  private final @Nullable MediumPresence file;
  private final @Nullable UUID identity;
  private final List<Below> below;

  /**
   * @param file that keeps the changes; null if memory does
   * @param identity of that file
   * @param top the drive that keeps them instead of a file
   */
  LayeredZonedDevice(
      ZonedDevice base,
      BaseZones zones,
      String description,
      ZoneStateMachine machine,
      LayeredStorage storage,
      @Nullable MediumPresence file,
      @Nullable UUID identity,
      List<Below> top,
      boolean readOnly) {
    super(describedAs(description, zones.geometry()), machine, storage, readOnly);
    this.base = base;
    this.file = file;
    this.identity = identity;
    List<Below> all = new ArrayList<>(top);
    all.add(Below.of(base));
    this.below = List.copyOf(all);
  }

  /** The drive below. */
  public ZonedDevice base() {
    return base;
  }

  @Override
  public boolean isPresent() {
    return (file == null || file.isPresent()) && MediumPresence.ofAll(base);
  }

  @Override
  public String loss() {
    String loss = file == null ? "" : file.loss();
    return loss.isEmpty() ? MediumPresence.lossOf(base) : loss;
  }

  @Override
  public String kind() {
    return "layer";
  }

  @Override
  public String state() {
    return geometry().description();
  }

  @Override
  public Optional<UUID> layer() {
    return Optional.ofNullable(identity);
  }

  @Override
  public List<Below> below() {
    return below;
  }

  private static DeviceGeometry describedAs(String description, DeviceGeometry geometry) {
    return new DeviceGeometry(
        geometry.model(),
        geometry.blockSizeBytes(),
        geometry.zoneCount(),
        geometry.zoneSizeBytes(),
        geometry.capacityBytes(),
        geometry.maxOpenZones(),
        geometry.maxActiveZones(),
        geometry.maxAppendBytes(),
        description);
  }
}
