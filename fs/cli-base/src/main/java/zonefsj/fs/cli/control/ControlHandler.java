// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import zonefsj.fs.ErrnoException;

/** Handles requests. Several threads call it at once. */
@FunctionalInterface
public interface ControlHandler {
  /**
   * Handles a request.
   *
   * @return the value at the end of the answer
   * @throws ErrnoException or IOException whose message is the line for the user
   */
  Json.JsonObject handle(ControlRequest request, ControlSession session)
      throws IOException, ErrnoException, InterruptedException;
}
