// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The given text names no drive. The message is one line for the user. */
public final class DeviceSpecException extends IOException {
  private static final long serialVersionUID = 1;

  private final boolean isNothingThere;

  /**
   * @param message one line: the problem, the place, the remedy
   */
  public DeviceSpecException(String message, @Nullable Throwable cause) {
    this(message, cause, false);
  }

  private DeviceSpecException(String message, @Nullable Throwable cause, boolean isNothingThere) {
    super(message, cause);
    this.isNothingThere = isNothingThere;
  }

  /** Of a place where a drive can be made, and is none. */
  public static DeviceSpecException ofNothing(String message) {
    return new DeviceSpecException(message, null, true);
  }

  /** Whether there is no drive, and one could be made. */
  public boolean isNothingThere() {
    return isNothingThere;
  }

  /** As above, without a cause. */
  public DeviceSpecException(String message) {
    this(message, null);
  }
}
