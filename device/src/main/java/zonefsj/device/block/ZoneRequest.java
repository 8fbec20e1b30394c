// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

/** A transition that a drive is asked to make with a zone. */
enum ZoneRequest {
  RESET,
  OPEN,
  CLOSE,
  FINISH
}
