// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A block device cannot be used. The message is one line for the user: the device, the problem, the
 * remedy.
 */
public final class BlockDeviceException extends IOException {
  private static final long serialVersionUID = 1;

  BlockDeviceException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  BlockDeviceException(String message) {
    this(message, null);
  }
}
