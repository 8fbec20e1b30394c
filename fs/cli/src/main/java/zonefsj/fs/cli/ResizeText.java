// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import zonefsj.fs.cli.control.Json;

/** The result of a change of the number of zones, in words. */
final class ResizeText {
  private ResizeText() {}

  static String of(Json.JsonObject end) throws IOException {
    return "the filesystem has " + end.whole("after") + " zones, and had " + end.whole("before");
  }
}
