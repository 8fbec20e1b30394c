// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.Optional;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.spec.StoreOptions;

/** A drive in a directory of a filesystem that a client of Hadoop reaches. */
abstract class HadoopKind implements DeviceKind {
  /** The module with the client. */
  static final String MODULE = "hadoop";

  private final String scheme;
  private final String example;
  private final int leastDepth;
  private final long clientBytes;

  /**
   * @param scheme of the URIs, and the name of the kind
   * @param example a URI
   * @param leastDepth so many names has a path at least
   * @param clientBytes what the client keeps of a put
   */
  HadoopKind(String scheme, String example, int leastDepth, long clientBytes) {
    this.scheme = scheme;
    this.example = example;
    this.leastDepth = leastDepth;
    this.clientBytes = clientBytes;
  }

  @Override
  public final String name() {
    return scheme;
  }

  @Override
  public final Form form() {
    return Form.WORD_AND_OPTIONS;
  }

  @Override
  public final DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    SpecWord place = arguments.word("a directory");
    check(arguments, place);
    Optional<SpecWord> user = arguments.option("user");
    if (user.isPresent() && user.orElseThrow().text().isEmpty()) {
      throw arguments.refuse(user.orElseThrow(), "user is empty");
    }
    return new HadoopSpec(
        scheme, place.text(), user.map(SpecWord::text), clientBytes, StoreOptions.parse(arguments));
  }

  private void check(SpecArguments arguments, SpecWord place) throws DeviceSpecException {
    URI uri;
    try {
      uri = new URI(scheme + ":" + place.text());
    } catch (URISyntaxException e) {
      throw arguments.refuse("'" + place.text() + "' is no URI: " + e.getReason(), e);
    }
    String path = uri.getPath();
    long depth =
        path == null ? 0 : Arrays.stream(path.split("/")).filter(name -> !name.isEmpty()).count();
    if (!place.text().startsWith("//") || depth < leastDepth) {
      throw arguments.refuse(place, "a directory is missing; it looks like " + example);
    }
    if (!uri.equals(uri.normalize())) {
      throw arguments.refuse(place, "'.' and '..' cannot be names in the path");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null || uri.getUserInfo() != null) {
      throw arguments.refuse(place, "only a host, a port and a path may be given");
    }
  }
}
