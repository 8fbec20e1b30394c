// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A layer cannot be made, opened, merged or dropped. The message is one line for the user: the file
 * or drive, the problem, the remedy.
 */
public final class LayerException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message one line: what, where, what to do
   * @param cause the system's own error, if any
   */
  LayerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** As above, without a cause. */
  LayerException(String message) {
    this(message, null);
  }
}
