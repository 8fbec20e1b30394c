// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The given text names no drive. The message is one line for the user. */
public final class DeviceSpecException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message one line: the problem, the place, the remedy
   */
  public DeviceSpecException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** As above, without a cause. */
  public DeviceSpecException(String message) {
    this(message, null);
  }
}
