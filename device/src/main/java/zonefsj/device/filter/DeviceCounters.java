// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

import java.util.Map;

/**
 * What a drive has done so far, at one instant: immutable. Counters that belong together may be a
 * few accesses apart, since nothing is stopped to read them.
 *
 * @param byOperation counters of every kind of access
 */
public record DeviceCounters(Map<DeviceOperation, OperationCounters> byOperation) {
  /** Keeps a copy. */
  public DeviceCounters {
    byOperation = Map.copyOf(byOperation);
  }

  /** Counters of one kind of access. */
  public OperationCounters of(DeviceOperation operation) {
    return byOperation.getOrDefault(operation, new OperationCounters(0, 0, 0, 0));
  }

  /** Bytes written and appended. */
  public long writtenBytes() {
    return of(DeviceOperation.WRITE).bytes() + of(DeviceOperation.APPEND).bytes();
  }

  /** Bytes read. */
  public long readBytes() {
    return of(DeviceOperation.READ).bytes();
  }
}
