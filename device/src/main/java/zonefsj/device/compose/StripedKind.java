// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.util.Optional;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;

/** Drives side by side. */
public final class StripedKind implements DeviceKind {
  @Override
  public String name() {
    return "striped";
  }

  @Override
  public String syntax() {
    return "striped(SPEC, SPEC, ...[, chunk=SIZE])";
  }

  @Override
  public String meaning() {
    return "drives side by side: zones as many times as large, used at the same time";
  }

  @Override
  public Form form() {
    return Form.PARENTHESES;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    Optional<Long> chunk = arguments.sizeOption("chunk");
    if (chunk.isPresent() && chunk.orElseThrow() == 0) {
      throw arguments.refuse(arguments.option("chunk").orElseThrow(), "a chunk of no bytes");
    }
    return new StripedSpec(arguments.specs(2), chunk.orElse(0L));
  }
}
