// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;

/** The other end of a connection sends nothing, or reads nothing, in time. */
public final class PeerTimeoutException extends IOException {
  private static final long serialVersionUID = 1;

  /** An exception for a line that was not sent or received in time. */
  public PeerTimeoutException() {
    super("no answer in time");
  }
}
