// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

/** The access for which a drive is opened. */
public enum DeviceAccess {
  /** Nothing is ever written; several readers may open the drive at the same time. */
  READ_ONLY,
  /** One writer at a time, and no readers beside it. */
  READ_WRITE
}
