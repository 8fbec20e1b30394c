// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;

/**
 * A layer in a file over a drive that is only read. The first open for writing makes the file; as
 * long as there is none, nothing has changed.
 *
 * @param file of the layer
 * @param part the drive below
 */
public record FileLayerSpec(Path file, DeviceSpec part) implements LayerSpec {
  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    return opening
        .toRead()
        .openTogether(
            parts(),
            drives -> {
              ZonedDevice base = drives.get(0);
              if (!Files.exists(file)) {
                if (opening.isReadOnly()) {
                  return base;
                }
                DiffLayer.create(file, base);
              }
              return DiffLayer.open(file, base, opening.access());
            });
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of(part);
  }

  @Override
  public DeviceSpec forTrial(List<DeviceSpec> others) {
    return new FileLayerSpec(file, others.get(0));
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    Path path = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    return new FileLayerSpec(path, part.absolute(lookup));
  }

  @Override
  public Stream<DeviceSpec> changedDrives() {
    return Stream.empty();
  }

  /** The layer keeps the changes; a drive below that is in memory is gone all the same. */
  @Override
  public boolean losesChanges() {
    return part.losesChanges();
  }

  @Override
  public String toString() {
    return "diff(" + SpecWord.quoted(file.toString()) + "," + part + ")";
  }
}
