// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;

/**
 * What wear does to a zone, done by a test. An image file keeps it.
 *
 * <p>Thread-safe; waits for a write in flight on that zone.
 */
public interface ZoneInjection {
  /**
   * Makes a zone read-only: what was written can be read, nothing else works. It frees what the
   * zone took of the drive's limits. Nothing brings it back.
   *
   * @throws IndexOutOfBoundsException if the drive has no such zone
   * @throws IOException if the zone is offline, or the state cannot be stored
   */
  void setReadOnly(int zone) throws IOException;

  /**
   * Makes a zone offline: every access fails. It frees what the zone took of the drive's limits.
   * Nothing brings it back.
   *
   * @throws IndexOutOfBoundsException if the drive has no such zone
   * @throws IOException if the state cannot be stored
   */
  void setOffline(int zone) throws IOException;
}
