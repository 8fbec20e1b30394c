// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;

/**
 * Simulates the failure of a zone in tests. An image file keeps it.
 *
 * <p>Thread-safe; waits for a write in flight on this zone.
 */
public interface ZoneInjection {
  /**
   * Makes a zone read-only: written data can be read, nothing else works. Releases the zone's open
   * and active resources. Cannot be undone.
   *
   * @throws IndexOutOfBoundsException if the drive has no such zone
   * @throws IOException if the zone is offline, or the state cannot be stored
   */
  void setReadOnly(int zone) throws IOException;

  /**
   * Makes a zone offline: every access fails. Releases the zone's open and active resources. Cannot
   * be undone.
   *
   * @throws IndexOutOfBoundsException if the drive has no such zone
   * @throws IOException if the state cannot be stored
   */
  void setOffline(int zone) throws IOException;
}
