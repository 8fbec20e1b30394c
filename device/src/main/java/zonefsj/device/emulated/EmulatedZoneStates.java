// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

/** Where to look up what a zone's state is now. Thread-safe. */
@FunctionalInterface
interface EmulatedZoneStates {
  /** The latest state of a zone. */
  EmulatedZoneState state(int zone);
}
