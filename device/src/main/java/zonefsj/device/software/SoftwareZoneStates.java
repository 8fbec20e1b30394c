// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.software;

/** Provides the current state of zones. Thread-safe. */
@FunctionalInterface
public interface SoftwareZoneStates {
  /** The latest state of a zone. */
  SoftwareZoneState state(int zone);
}
