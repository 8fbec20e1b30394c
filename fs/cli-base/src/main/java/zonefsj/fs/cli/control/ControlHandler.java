// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import zonefsj.fs.ErrnoException;

/** Does what a request asks for; called by several threads at once. */
@FunctionalInterface
public interface ControlHandler {
  /**
   * Does the work.
   *
   * @return the end of the answer
   * @throws ErrnoException or IOException with the line for the user
   */
  Json.JsonObject handle(ControlRequest request, ControlSession session)
      throws IOException, ErrnoException, InterruptedException;
}
