// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.util.Optional;
import zonefsj.device.ByteSize;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.device.spec.SpecWord;

/** A read cache in front of a slow drive. */
public final class CacheKind implements DeviceKind {
  @Override
  public String name() {
    return "cache";
  }

  @Override
  public String syntax() {
    return "cache(SIZE, SPEC) or cache(TOP, SPEC, size=SIZE)";
  }

  @Override
  public String meaning() {
    return "a cache for reads, in memory, or in the file or on the drive TOP, which is faster";
  }

  @Override
  public Form form() {
    return Form.PARENTHESES;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    Optional<Long> size = arguments.sizeOption("size");
    if (size.isPresent()) {
      return arguments.isDrive()
          ? new DriveCacheSpec(
              arguments.spec("a drive"), size.orElseThrow(), arguments.spec("a drive"))
          : new CacheSpec(arguments.file("a file"), size.orElseThrow(), arguments.spec("a drive"));
    }
    SpecWord place = arguments.word("a size or a file");
    DeviceSpec part = arguments.spec("a drive");
    try {
      return new CacheSpec(null, ByteSize.parse(place.text()), part);
    } catch (IllegalArgumentException e) {
      throw arguments.refuse(
          place,
          "a cache in a file or on a drive needs size=SIZE, and one in memory a size like 64M");
    }
  }
}
