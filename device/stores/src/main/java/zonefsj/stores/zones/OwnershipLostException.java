// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;

/** Somebody else owns the drive now. The message is for the user. */
final class OwnershipLostException extends IOException {
  private static final long serialVersionUID = 1;

  OwnershipLostException(String message) {
    super(message);
  }
}
