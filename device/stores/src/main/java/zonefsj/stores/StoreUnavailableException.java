// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A store cannot do what is asked for now; a repetition may help. The request had no effect, and
 * will have none. The message is for the user.
 */
public final class StoreUnavailableException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message names the store, and what it lacks
   * @param cause its own error, if any
   */
  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
