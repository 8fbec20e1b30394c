// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.dump;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A drive cannot be dumped, or not be restored. The message is one line for the user. */
public final class DriveCopyException extends IOException {
  private static final long serialVersionUID = 1;

  DriveCopyException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
