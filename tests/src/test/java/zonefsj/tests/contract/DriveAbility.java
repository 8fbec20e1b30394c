// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

/** What not every kind of drive has. */
public enum DriveAbility {
  /** Zones without a write pointer. */
  CONVENTIONAL_ZONES,
  /** A limit of active zones. */
  ACTIVE_LIMIT,
  /** A last zone that is shorter than the others. */
  SHORT_LAST_ZONE
}
