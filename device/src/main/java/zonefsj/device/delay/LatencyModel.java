// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.delay;

import zonefsj.device.filter.DeviceOperation;

/** How long an access takes on a kind of drive. */
public interface LatencyModel {
  /**
   * Nanoseconds that an access takes.
   *
   * @param positionBytes where it begins; -1 for a flush
   * @param lengthBytes bytes that it moves
   * @param headBytes where the last access ended
   */
  long nanos(DeviceOperation operation, long positionBytes, long lengthBytes, long headBytes);

  /** Whether one access waits for the other: the drive has one head. */
  boolean isSerial();
}
