// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;

/** A layer in a file over a drive that is only read. */
public final class FileLayerKind implements DeviceKind {
  @Override
  public String name() {
    return "diff";
  }

  @Override
  public String syntax() {
    return "diff(FILE, SPEC)";
  }

  @Override
  public String meaning() {
    return "a drive that is only read, with changes in a file, see 'zonefs-j layer'";
  }

  @Override
  public Form form() {
    return Form.PARENTHESES;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    return new FileLayerSpec(arguments.file("a file"), arguments.spec("a drive"));
  }
}
