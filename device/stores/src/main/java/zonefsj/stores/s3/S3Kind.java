// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.s3;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.module.StoreModules;
import zonefsj.stores.spec.StoreOptions;

/** A drive in a bucket of S3, or of a store with the same interface. */
public final class S3Kind implements DeviceKind {
  /** The name of the kind, and of the module with its client. */
  static final String NAME = "s3";

  /** Names of a bucket are shorter. */
  private static final int MOST_PREFIX_BYTES = 200;

  /** For the {@link java.util.ServiceLoader}, when the process reads its first SPEC. */
  public S3Kind() {
    StoreModules.remember();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String syntax() {
    return NAME
        + ":bucket=NAME[,prefix=TEXT][,region=NAME][,endpoint=URL][,path-style=yes|no][,profile=NAME]"
        + StoreOptions.SYNTAX;
  }

  @Override
  public String meaning() {
    return "a drive in a bucket of S3, or of a store with the same interface; mkfs makes it with"
        + " size=SIZE";
  }

  @Override
  public Form form() {
    return Form.OPTIONS;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String name : S3Settings.NAMES) {
      Optional<SpecWord> given = arguments.option(name);
      if (given.isPresent()) {
        check(arguments, name, given.orElseThrow());
        settings.put(name, given.orElseThrow().text());
      }
    }
    if (!settings.containsKey(S3Settings.BUCKET)) {
      throw new DeviceSpecException("a drive on S3 needs a bucket: s3:bucket=NAME");
    }
    return new S3Spec(settings, StoreOptions.parse(arguments));
  }

  private static void check(SpecArguments arguments, String name, SpecWord value)
      throws DeviceSpecException {
    String text = value.text();
    if (text.isEmpty() && !name.equals(S3Settings.PREFIX)) {
      throw arguments.refuse(value, name + " is empty");
    }
    switch (name) {
      case S3Settings.BUCKET -> {
        if (text.contains("/")) {
          throw arguments.refuse(value, "a bucket has no '/'; use prefix=");
        }
      }
      case S3Settings.PREFIX -> {
        if (text.length() > MOST_PREFIX_BYTES || text.startsWith("/")) {
          throw arguments.refuse(value, "the prefix is too long, or begins with '/'");
        }
      }
      case S3Settings.PATH_STYLE -> {
        if (!text.equals(S3Settings.YES) && !text.equals("no")) {
          throw arguments.refuse(value, "path-style can only be 'yes' or 'no'");
        }
      }
      case S3Settings.ENDPOINT -> {
        if (!isUrl(text)) {
          throw arguments.refuse(value, "the endpoint must be like https://host:port");
        }
      }
      default -> {
        // Any name.
      }
    }
  }

  private static boolean isUrl(String text) {
    try {
      URI uri = new URI(text);
      return uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
