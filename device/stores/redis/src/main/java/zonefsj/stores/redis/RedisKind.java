// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.spec.StoreOptions;

/** A drive in the keys of a Redis server. */
public final class RedisKind implements DeviceKind {
  /** The name of the kind. */
  static final String NAME = "redis";

  private static final int USUAL_PORT = 6379;
  private static final int MOST_PORT = 65_535;
  private static final int MOST_PREFIX_BYTES = 200;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String syntax() {
    return NAME
        + ":[host=HOST][,port=PORT][,tls=yes][,user=NAME][,password-file=PATH][,database=N]"
        + "[,prefix=TEXT][,durable=no]"
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
    String host = arguments.option("host").map(SpecWord::text).orElse("localhost");
    if (host.isBlank()) {
      throw arguments.refuse(
          arguments.option("host").orElseThrow(), "the name of the host is empty");
    }
    int port = number(arguments, "port", USUAL_PORT, 1, MOST_PORT);
    int database = number(arguments, "database", 0, 0, Integer.MAX_VALUE);
    Optional<String> user = arguments.option("user").map(SpecWord::text);
    Optional<Path> passwordFile = passwordFile(arguments);
    if (user.isPresent() && passwordFile.isEmpty()) {
      throw arguments.refuse(
          arguments.option("user").orElseThrow(), "a user needs password-file=PATH");
    }
    boolean tls = flag(arguments, "tls", "yes");
    boolean durable = !flag(arguments, "durable", "no");
    Optional<SpecWord> prefix = arguments.option("prefix");
    if (prefix.isPresent() && prefix.orElseThrow().text().length() > MOST_PREFIX_BYTES) {
      throw arguments.refuse(prefix.orElseThrow(), "the prefix is too long");
    }
    return new RedisSpec(
        new RespServer(host, port, tls, user, passwordFile, database),
        prefix.map(SpecWord::text).orElse("zonefs-j/"),
        durable,
        StoreOptions.parse(arguments));
  }

  private static Optional<Path> passwordFile(SpecArguments arguments) throws DeviceSpecException {
    Optional<SpecWord> password = arguments.option("password");
    if (password.isPresent()) {
      throw arguments.refuse(
          password.orElseThrow(),
          "all users of this host can see what a command is given: write the password into a file,"
              + " and give password-file=PATH");
    }
    Optional<SpecWord> file = arguments.option("password-file");
    try {
      return file.map(word -> Path.of(word.text()));
    } catch (InvalidPathException e) {
      throw arguments.refuse(file.orElseThrow(), "password-file is not a path: " + e.getReason());
    }
  }

  private static int number(SpecArguments arguments, String name, int usual, int least, int most)
      throws DeviceSpecException {
    OptionalInt given = arguments.numberOption(name);
    int value = given.orElse(usual);
    if (value < least || value > most) {
      throw arguments.refuse(
          arguments.option(name).orElseThrow(), name + " must be from " + least + " to " + most);
    }
    return value;
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
