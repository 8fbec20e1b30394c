// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A cache cannot be made. The message is one line for the user: the file, the problem, the remedy.
 */
public final class CacheException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message one line: what, where, what to do
   * @param cause the system's own error, if any
   */
  CacheException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** As above, without a cause. */
  CacheException(String message) {
    this(message, null);
  }
}
