// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.dir;

import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.stores.spec.StoreOptions;

/** A drive in the files of a directory. */
public final class DirectoryKind implements DeviceKind {
  /** The name of the kind. */
  static final String NAME = "dir";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String syntax() {
    return NAME + ":PATH" + StoreOptions.SYNTAX;
  }

  @Override
  public String meaning() {
    return "a drive in the files of a directory, also of one on NFS; mkfs makes it with size=SIZE";
  }

  @Override
  public Form form() {
    return Form.WORD_AND_OPTIONS;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    return new DirectorySpec(arguments.path("a directory"), StoreOptions.parse(arguments));
  }
}
