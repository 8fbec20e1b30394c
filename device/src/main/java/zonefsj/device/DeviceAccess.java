// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

/** What a drive is opened for. */
public enum DeviceAccess {
  /** Nothing is ever written; several may do that at once. */
  READ_ONLY,
  /** One at a time, and nobody who reads beside. */
  READ_WRITE
}
