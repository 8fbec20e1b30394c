// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import zonefsj.device.ZonedDevice;

/**
 * The drive with a filesystem of this UUID or label. Immutable.
 *
 * @param tag which of them
 * @param value the UUID in its usual form, or the label
 */
public record TaggedSpec(DeviceLookup.Tag tag, String value) implements DeviceSpec {
  static TaggedSpec of(DeviceLookup.Tag tag, String text) throws DeviceSpecException {
    if (tag == DeviceLookup.Tag.LABEL && text.isEmpty()) {
      throw new DeviceSpecException("LABEL= needs a label after it: give one, like LABEL=data");
    }
    return new TaggedSpec(tag, tag == DeviceLookup.Tag.UUID ? SpecParser.uuid(text) : text);
  }

  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    return opening.openTagged(this);
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of();
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    Optional<String> found = lookup.find(tag, value);
    return found.isPresent() ? DeviceSpec.parse(found.orElseThrow()).absolute(lookup) : this;
  }

  @Override
  public String toString() {
    return tag + "=" + SpecWord.quoted(value);
  }
}
