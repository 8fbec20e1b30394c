// SPDX-License-Identifier: Apache-2.0
package zonefsj.journal;

import java.io.IOException;

/**
 * The journal has a bad record before a position that was proven durable: this is damage, not the
 * torn tail of a crash.
 */
public final class JournalDamagedException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message what cannot be read, in words
   */
  public JournalDamagedException(String message) {
    super(message);
  }
}
