// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.device.spec.SpecWord;

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
    return new CryptSpec(keyFile(arguments), arguments.spec("a drive"));
  }

  private static Path keyFile(SpecArguments arguments) throws DeviceSpecException {
    SpecWord word = arguments.word("a key file");
    if (word.text().isEmpty()) {
      throw arguments.refuse(word, "a key file is missing");
    }
    try {
      return Path.of(word.text());
    } catch (InvalidPathException e) {
      throw arguments.refuse("'" + word.text() + "' is not a path: " + e.getReason(), e);
    }
  }
}
