// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

/** Provides the current state of zones. Thread-safe. */
@FunctionalInterface
interface EmulatedZoneStates {
  /** The latest state of a zone. */
  EmulatedZoneState state(int zone);
}
