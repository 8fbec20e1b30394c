// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;

/**
 * Drives that hold the same.
 *
 * @param parts the members, in any order
 * @param degraded whether what is there may be written, though a member that is missing may have
 *     newer data
 */
record MirrorSpec(List<DeviceSpec> parts, boolean degraded) implements DeviceSpec {
  /** How it is written. */
  static final String DEGRADED = "degraded";

  MirrorSpec {
    parts = List.copyOf(parts);
  }

  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    opening.refuseTwice(parts);
    return MirrorZonedDevice.open(
        parts.stream().<MemberSource>map(part -> new Source(part, opening)).toList(),
        opening.isReadOnly(),
        degraded,
        isNew() ? Creation.IF_EMPTY : opening.creation(),
        opening.grows());
  }

  @Override
  public boolean labelsParts() {
    return true;
  }

  @Override
  public DeviceSpec forTrial(List<DeviceSpec> others) {
    return new MirrorSpec(others, degraded);
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    List<DeviceSpec> absolute = new ArrayList<>();
    for (DeviceSpec part : parts) {
      absolute.add(part.absolute(lookup));
    }
    return new MirrorSpec(absolute, degraded);
  }

  /** With what accesses of members take that can stop answering. */
  @Override
  public long memoryBytes() {
    return DeviceSpec.super.memoryBytes()
        + parts.stream().filter(DeviceSpec::isClaimed).count() * LimitedMember.BUFFER_BYTES;
  }

  /** Changes are lost only if no member keeps them. */
  @Override
  public boolean losesChanges() {
    return parts.stream().allMatch(DeviceSpec::losesChanges);
  }

  @Override
  public String toString() {
    return parts.stream()
        .map(MirrorSpec::text)
        .collect(Collectors.joining(",", "mirror(", degraded ? "," + DEGRADED + ")" : ")"));
  }

  /** A drive of that name is no option. */
  private static String text(DeviceSpec part) {
    String text = part.toString();
    return text.equals(DEGRADED) ? '"' + text + '"' : text;
  }

  /** A member that comes back may grow, too: it may have become too small meanwhile. */
  private record Source(DeviceSpec spec, DeviceOpening opening) implements MemberSource {
    @Override
    public String name() {
      return spec.toString();
    }

    @Override
    public ZonedDevice open(Creation creation) throws IOException {
      return spec.open(opening.ofCopy().with(creation));
    }

    @Override
    public Optional<ZonedDevice> look() throws IOException {
      return spec.isClaimed()
          ? Optional.of(spec.open(opening.ofCopy().toRead()))
          : Optional.empty();
    }
  }
}
