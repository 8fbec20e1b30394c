// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.drives;

import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;

/** A block device or an image, depending on what is at a path: what a SPEC without a kind names. */
public final class PathKind implements DeviceKind {
  @Override
  public String name() {
    return "path";
  }

  @Override
  public String syntax() {
    return "path:PATH";
  }

  @Override
  public String meaning() {
    return "a block device or an image file; 'path:' may be left out";
  }

  @Override
  public Form form() {
    return Form.WORD;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    return new PathSpec(arguments.path("a path"));
  }
}
