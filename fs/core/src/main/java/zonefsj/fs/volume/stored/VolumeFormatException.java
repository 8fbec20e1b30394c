// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A drive does not hold what it should; the message is one clear line for the user. */
public final class VolumeFormatException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message what, where, what to do
   */
  public VolumeFormatException(String message) {
    super(message);
  }

  /** Same, with the cause for the log. */
  public VolumeFormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
