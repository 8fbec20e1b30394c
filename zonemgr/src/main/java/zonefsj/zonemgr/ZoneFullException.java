// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.io.IOException;

/** An append does not fit into the rest of the zone. Nothing was written. */
public final class ZoneFullException extends IOException {
  private static final long serialVersionUID = 1;

  ZoneFullException(int zone, long wantedBytes, long remainingBytes) {
    super("zone " + zone + " has " + remainingBytes + " bytes left, not " + wantedBytes);
  }
}
