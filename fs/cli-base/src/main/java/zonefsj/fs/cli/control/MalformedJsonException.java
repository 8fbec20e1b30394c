// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;

/** A text is not JSON, or not the JSON that was expected. */
public final class MalformedJsonException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message what is wrong, and where
   */
  public MalformedJsonException(String message) {
    super(message);
  }
}
