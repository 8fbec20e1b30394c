// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefs;

import java.io.IOException;

/** A mount of zonefs cannot be used. The message is one line for the user. */
public final class ZonefsException extends IOException {
  private static final long serialVersionUID = 1;

  ZonefsException(String message) {
    super(message);
  }

  ZonefsException(String message, Throwable cause) {
    super(message, cause);
  }
}
