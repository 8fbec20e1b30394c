// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;

/** An object is not what its name says. The message is for the user. */
final class StoreFormatException extends IOException {
  private static final long serialVersionUID = 1;

  StoreFormatException(String message) {
    super(message);
  }
}
