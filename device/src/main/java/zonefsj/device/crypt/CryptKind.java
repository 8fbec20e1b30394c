// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;

/** A drive that is encrypted with the key of a file. */
public final class CryptKind implements DeviceKind {
  @Override
  public String name() {
    return "crypt";
  }

  @Override
  public String syntax() {
    return "crypt(KEYFILE, SPEC)";
  }

  @Override
  public String meaning() {
    return "a drive, encrypted with the key of a file; 'zonefs-j key create' makes one";
  }

  @Override
  public Form form() {
    return Form.PARENTHESES;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    return new CryptSpec(arguments.file("a key file"), arguments.spec("a drive"));
  }
}
