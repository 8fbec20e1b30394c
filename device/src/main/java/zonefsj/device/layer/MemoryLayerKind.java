// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;

/** A layer in memory over a drive that is only read. */
public final class MemoryLayerKind implements DeviceKind {
  @Override
  public String name() {
    return "memdiff";
  }

  @Override
  public String syntax() {
    return "memdiff(SPEC[, max=SIZE])";
  }

  @Override
  public String meaning() {
    return "a drive that is only read, with changes in memory that are gone when it is closed";
  }

  @Override
  public Form form() {
    return Form.SPEC;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    long maxBytes = arguments.sizeOption("max").orElse(MemoryLayerSpec.DEFAULT_MAX_BYTES);
    return new MemoryLayerSpec(arguments.spec("a drive"), maxBytes);
  }
}
