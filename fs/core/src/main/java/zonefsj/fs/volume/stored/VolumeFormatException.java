// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The format of a drive is wrong or unknown; the message is one clear line for the user. */
public final class VolumeFormatException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message what, where, what to do
   */
  public VolumeFormatException(String message) {
    super(message);
  }

  /** The same with a cause for the log. */
  public VolumeFormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
