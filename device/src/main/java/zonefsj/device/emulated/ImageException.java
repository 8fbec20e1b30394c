// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An image file cannot be created or opened. The message is one line for the user: the file, the
 * problem, the remedy.
 */
public final class ImageException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message one line: what, where, what to do
   * @param cause the system's own error, if any
   */
  public ImageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** As above, without a cause. */
  public ImageException(String message) {
    this(message, null);
  }
}
