// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;

/** A layer in a file or on a drive, over a drive that is only read. */
public final class DiffKind implements DeviceKind {
  @Override
  public String name() {
    return "diff";
  }

  @Override
  public String syntax() {
    return "diff(TOP, SPEC)";
  }

  @Override
  public String meaning() {
    return "a drive that is only read, with changes in the file or on the drive TOP, see 'zonefs-j"
        + " layer'";
  }

  @Override
  public Form form() {
    return Form.PARENTHESES;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    return arguments.isDrive()
        ? new DriveLayerSpec(arguments.spec("a drive"), arguments.spec("a drive"))
        : new FileLayerSpec(arguments.file("a file"), arguments.spec("a drive"));
  }
}
