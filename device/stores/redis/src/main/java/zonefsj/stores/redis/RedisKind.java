// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import java.util.Optional;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.resp.PasswordFile;
import zonefsj.stores.resp.RespServer;
import zonefsj.stores.spec.StoreOptions;

/** A drive in the keys of a Redis server. */
public final class RedisKind implements DeviceKind {
  /** The name of the kind. */
  static final String NAME = "redis";

  private static final int USUAL_PORT = 6379;
  private static final int MOST_PREFIX_BYTES = 200;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String syntax() {
    return NAME
        + ":"
        + RespServer.SYNTAX
        + "[,tls=yes][,user=NAME]"
        + PasswordFile.SYNTAX
        + "[,database=N][,prefix=TEXT][,durable=no]"
        + StoreOptions.SYNTAX;
  }

  @Override
  public String meaning() {
    return "a drive in the keys of a Redis server; mkfs makes it with size=SIZE";
  }

  @Override
  public Form form() {
    return Form.OPTIONS;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    boolean tls = flag(arguments, "tls", "yes");
    RespServer server = RespServer.parse(arguments, USUAL_PORT, tls);
    int database = arguments.numberOption("database").orElse(0);
    if (database < 0) {
      throw arguments.refuse(
          arguments.option("database").orElseThrow(), "database must not be negative");
    }
    Optional<String> user = arguments.option("user").map(SpecWord::text);
    Optional<PasswordFile> password = PasswordFile.parse(arguments);
    if (user.isPresent() && password.isEmpty()) {
      throw arguments.refuse(
          arguments.option("user").orElseThrow(), "a user needs password-file=PATH");
    }
    boolean durable = !flag(arguments, "durable", "no");
    Optional<SpecWord> prefix = arguments.option("prefix");
    if (prefix.isPresent() && prefix.orElseThrow().text().length() > MOST_PREFIX_BYTES) {
      throw arguments.refuse(prefix.orElseThrow(), "the prefix is too long");
    }
    return new RedisSpec(
        server,
        new RedisLogin(user, password, database),
        prefix.map(SpecWord::text).orElse("zonefs-j/"),
        durable,
        StoreOptions.parse(arguments));
  }

  /** An option with one value. */
  private static boolean flag(SpecArguments arguments, String name, String value)
      throws DeviceSpecException {
    Optional<SpecWord> given = arguments.option(name);
    if (given.isPresent() && !given.orElseThrow().text().equals(value)) {
      throw arguments.refuse(given.orElseThrow(), name + " can only be '" + value + "'");
    }
    return given.isPresent();
  }
}
