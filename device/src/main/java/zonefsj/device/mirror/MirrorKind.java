// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;

/** Drives that hold the same. */
public final class MirrorKind implements DeviceKind {
  @Override
  public String name() {
    return "mirror";
  }

  @Override
  public String syntax() {
    return "mirror(SPEC, SPEC, ...[, degraded])";
  }

  @Override
  public String meaning() {
    return "drives that hold the same: one that fails loses nothing";
  }

  @Override
  public Form form() {
    return Form.PARENTHESES;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    boolean degraded = arguments.flag(MirrorSpec.DEGRADED);
    return new MirrorSpec(arguments.specs(2), degraded);
  }
}
