// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import java.io.IOException;

/** An object is not there. */
public final class ObjectMissingException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param store the store, in words
   * @param name name of the object
   */
  public ObjectMissingException(Object store, String name) {
    super(store + " has no object " + name);
  }
}
