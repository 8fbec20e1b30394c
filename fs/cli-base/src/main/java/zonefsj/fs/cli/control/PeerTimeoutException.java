// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;

/** The other end of a connection is there, but says nothing, or takes nothing. */
public final class PeerTimeoutException extends IOException {
  private static final long serialVersionUID = 1;

  /** No line came or went in time. */
  public PeerTimeoutException() {
    super("no answer in time");
  }
}
