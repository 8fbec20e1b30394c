// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

/** Zone model of a drive, with the names of {@code queue/zoned} in sysfs. */
public enum DeviceModel {
  /** No zones. */
  NONE,
  /** Zones that accept writes anywhere, at a cost. */
  HOST_AWARE,
  /** Zones that must be written at their write pointer. */
  HOST_MANAGED
}
