// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;

/** Drives one after the other. */
public final class ConcatKind implements DeviceKind {
  @Override
  public String name() {
    return "concat";
  }

  @Override
  public String syntax() {
    return "concat(SPEC, SPEC, ...)";
  }

  @Override
  public String meaning() {
    return "drives one after the other, as one";
  }

  @Override
  public Form form() {
    return Form.PARENTHESES;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    return new ConcatSpec(arguments.specs(2));
  }
}
