// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

import java.util.Map;

/**
 * The access counters of a drive at one instant; immutable. Related counters may differ by a few
 * accesses, because reading them stops nothing.
 *
 * @param byOperation counters of every kind of access
 */
public record DeviceCounters(Map<DeviceOperation, OperationCounters> byOperation) {
  /** Copies the map. */
  public DeviceCounters {
    byOperation = Map.copyOf(byOperation);
  }

  /** Counters of one kind of access. */
  public OperationCounters of(DeviceOperation operation) {
    return byOperation.getOrDefault(operation, OperationCounters.NONE);
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
