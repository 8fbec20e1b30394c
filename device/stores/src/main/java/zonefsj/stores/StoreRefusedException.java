// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A store refuses a request, and would refuse it again; it had no effect. The message is for the
 * user.
 */
public final class StoreRefusedException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message names the store, and what it lacks
   * @param cause its own error, if any
   */
  public StoreRefusedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
