// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.drives;

import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;

/** An image file. */
public final class FileKind implements DeviceKind {
  @Override
  public String name() {
    return "file";
  }

  @Override
  public String syntax() {
    return "file:PATH";
  }

  @Override
  public String meaning() {
    return "an image file, see 'zonefs-j create'";
  }

  @Override
  public Form form() {
    return Form.WORD;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    return new ImageSpec(arguments.path("a path"));
  }
}
