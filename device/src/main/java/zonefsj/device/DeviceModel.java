// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

/** Zone model of a drive, as {@code queue/zoned} in sysfs names it. */
public enum DeviceModel {
  /** No zones. */
  NONE,
  /** Zones that may be written anywhere, at a price. */
  HOST_AWARE,
  /** Zones that must be written at their write pointer. */
  HOST_MANAGED
}
