// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import zonefsj.device.ByteSize;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;

/**
 * Drives side by side.
 *
 * @param parts the drives, in order
 * @param chunkBytes length of a chunk; 0: the best one
 */
record StripedSpec(List<DeviceSpec> parts, long chunkBytes) implements DeviceSpec {
  StripedSpec {
    parts = List.copyOf(parts);
  }

  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    return opening.openTogether(
        parts,
        drives ->
            StripedZonedDevice.of(
                drives,
                chunkBytes,
                opening.isReadOnly(),
                isNew() ? Creation.IF_EMPTY : opening.creation()));
  }

  @Override
  public boolean labelsParts() {
    return true;
  }

  @Override
  public DeviceSpec forTrial(List<DeviceSpec> others) {
    return new StripedSpec(others, chunkBytes);
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    return new StripedSpec(ConcatSpec.absolute(parts, lookup), chunkBytes);
  }

  @Override
  public String toString() {
    String end = chunkBytes == 0 ? ")" : ",chunk=" + ByteSize.format(chunkBytes) + ")";
    return parts.stream()
        .map(DeviceSpec::toString)
        .collect(Collectors.joining(",", "striped(", end));
  }
}
