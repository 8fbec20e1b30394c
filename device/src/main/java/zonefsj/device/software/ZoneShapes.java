// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.software;

import java.util.OptionalInt;

/** The shapes of the zones of a drive, and its limits. Constant; thread-safe. */
public interface ZoneShapes {
  /** Number of zones. */
  int zoneCount();

  /** Distance in bytes between the starts of two zones. */
  long zoneSizeBytes();

  /** Whether a zone is conventional. */
  boolean isConventional(int zone);

  /** Size of a zone in bytes; that of the last one may be smaller. */
  long sizeOfBytes(int zone);

  /** Capacity of a zone in bytes; the size of a conventional one. */
  long capacityOfBytes(int zone);

  /** Limit of open zones; empty: none. */
  OptionalInt maxOpenZones();

  /** Limit of active zones; empty: none. */
  OptionalInt maxActiveZones();
}
