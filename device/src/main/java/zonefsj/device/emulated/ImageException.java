// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An image file cannot be made or opened. The message is one line for the user: which file, what is
 * wrong with it, what to do.
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

  /** Same, without a cause. */
  public ImageException(String message) {
    this(message, null);
  }
}
