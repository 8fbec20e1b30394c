// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import java.io.IOException;

/** A store has an object, and has lost bytes of it. */
public final class ObjectUnreadableException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param store the store, in words
   * @param name name of the object
   * @param cause its own error
   */
  public ObjectUnreadableException(Object store, String name, Exception cause) {
    super(store + " cannot read its object " + name + ": " + cause.getMessage(), cause);
  }
}
