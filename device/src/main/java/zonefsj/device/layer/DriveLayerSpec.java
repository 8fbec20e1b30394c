// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;

/**
 * A layer on a drive over a drive that is only read.
 *
 * @param top the drive that keeps the layer
 * @param part the drive below
 */
public record DriveLayerSpec(DeviceSpec top, DeviceSpec part) implements LayerSpec {
  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    return opening.openOver(
        top,
        part,
        drives -> {
          ZonedDevice over = drives.get(0);
          ZonedDevice base = drives.get(1);
          Creation creation = top.isNew() ? Creation.IF_EMPTY : opening.creation();
          if (!opening.isReadOnly()
              && creation != Creation.NONE
              && DiffLayer.identity(over).isEmpty()) {
            DiffLayer.create(over, base, creation == Creation.ERASE);
          }
          return DiffLayer.open(over, base, opening.access());
        });
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of(top, part);
  }

  @Override
  public boolean labelsParts() {
    return true;
  }

  @Override
  public DeviceSpec forTrial(List<DeviceSpec> others) {
    return new DriveLayerSpec(others.get(0), others.get(1));
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    return new DriveLayerSpec(top.absolute(lookup), part.absolute(lookup));
  }

  @Override
  public Stream<DeviceSpec> changedDrives() {
    return top.changedDrives();
  }

  /** The drive below is only read. */
  @Override
  public boolean takeOver() {
    return top.takeOver();
  }

  @Override
  public boolean isClaimed() {
    return top.isClaimed();
  }

  @Override
  public String toString() {
    return "diff(" + SpecWord.withKind(top) + "," + part + ")";
  }
}
