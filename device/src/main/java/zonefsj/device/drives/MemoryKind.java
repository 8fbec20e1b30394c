// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.drives;

import java.util.Optional;
import java.util.OptionalInt;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;

/** A new emulated drive in memory. */
public final class MemoryKind implements DeviceKind {
  @Override
  public String name() {
    return "mem";
  }

  @Override
  public String syntax() {
    return "mem:SIZE[,zone-size=SIZE][,zone-capacity=SIZE][,block-size=SIZE][,conventional=N]"
        + "[,max-open=N|none][,max-active=N|none]";
  }

  @Override
  public String meaning() {
    return "a new drive in memory, gone when it is closed";
  }

  @Override
  public Form form() {
    return Form.WORD_AND_OPTIONS;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    long sizeBytes = arguments.size("a size");
    arguments.allowShort("zone", "zone-size");
    arguments.allowShort("capacity", "zone-capacity");
    arguments.allowShort("open", "max-open");
    arguments.allowShort("active", "max-active");
    Optional<Long> zoneSize = arguments.sizeOption("zone-size");
    Optional<Long> zoneCapacity = arguments.sizeOption("zone-capacity");
    Optional<Long> blockSize = arguments.sizeOption("block-size");
    OptionalInt conventional = arguments.numberOption("conventional");
    Optional<OptionalInt> maxOpen = arguments.limitOption("max-open");
    Optional<OptionalInt> maxActive = arguments.limitOption("max-active");
    try {
      EmulatedGeometry.Builder builder = EmulatedGeometry.builder(sizeBytes);
      zoneSize.ifPresent(builder::zoneSizeBytes);
      zoneCapacity.ifPresent(builder::zoneCapacityBytes);
      blockSize.ifPresent(bytes -> builder.blockSizeBytes(Math.toIntExact(bytes)));
      conventional.ifPresent(builder::conventionalZones);
      maxOpen.ifPresent(builder::maxOpenZones);
      maxActive.ifPresent(builder::maxActiveZones);
      return new MemorySpec(builder.build());
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw arguments.refuse(String.valueOf(e.getMessage()), e);
    }
  }
}
