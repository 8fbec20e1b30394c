// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import java.io.IOException;

/** An object is longer than whoever asks for it expects. */
public final class ObjectTooLongException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param store the store, in words
   * @param name name of the object
   * @param mostBytes what was expected
   */
  public ObjectTooLongException(Object store, String name, long mostBytes) {
    super(store + ": object " + name + " is longer than " + mostBytes + " bytes");
  }
}
