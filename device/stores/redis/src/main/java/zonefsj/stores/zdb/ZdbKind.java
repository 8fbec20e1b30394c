// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zdb;

import java.util.Optional;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.resp.PasswordFile;
import zonefsj.stores.resp.RespServer;
import zonefsj.stores.spec.StoreOptions;

/** A drive in a 0-db namespace. */
public final class ZdbKind implements DeviceKind {
  /** The name of the kind. */
  static final String NAME = "zdb";

  private static final int USUAL_PORT = 9900;
  private static final int MOST_NAMESPACE_BYTES = 128;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String syntax() {
    return NAME
        + ":"
        + RespServer.SYNTAX
        + "[,namespace=NAME]"
        + PasswordFile.SYNTAX
        + StoreOptions.SYNTAX;
  }

  @Override
  public String meaning() {
    return "a drive in a namespace of a 0-db server; mkfs makes it with size=SIZE";
  }

  @Override
  public Form form() {
    return Form.OPTIONS;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    RespServer server = RespServer.parse(arguments, USUAL_PORT, false);
    Optional<SpecWord> namespace = arguments.option("namespace");
    String name = namespace.map(SpecWord::text).orElse("default");
    if (name.isBlank() || name.length() > MOST_NAMESPACE_BYTES) {
      throw arguments.refuse(namespace.orElseThrow(), "that is no name of a namespace");
    }
    return new ZdbSpec(server, name, PasswordFile.parse(arguments), StoreOptions.parse(arguments));
  }
}
