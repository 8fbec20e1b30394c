// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import java.io.IOException;

/** A store has not answered a request for as long as it was repeated. */
public final class NoAnswerException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param last failure of the request
   */
  NoAnswerException(IOException last) {
    super(last.getMessage(), last);
  }

  /** Whether a failure is that, or was caused by it. */
  public static boolean isIn(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof NoAnswerException) {
        return true;
      }
    }
    return false;
  }
}
