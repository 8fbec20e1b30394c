// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefs;

import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;

/** A mount of the kernel's zonefs. */
public final class ZonefsKind implements DeviceKind {
  /** The name of the kind. */
  static final String NAME = "zonefs";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String syntax() {
    return "zonefs:DIR";
  }

  @Override
  public String meaning() {
    return "a zoned drive that the kernel's zonefs has mounted: each zone is a file";
  }

  @Override
  public Form form() {
    return Form.WORD;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    return new ZonefsSpec(arguments.path("a directory"));
  }
}
