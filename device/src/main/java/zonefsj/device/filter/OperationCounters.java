// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

/**
 * Counters of one kind of access.
 *
 * @param operations number of completed accesses, including failed ones
 * @param failures number of failed accesses
 * @param bytes number of bytes that the successful accesses moved
 * @param nanos total time of all accesses
 */
public record OperationCounters(long operations, long failures, long bytes, long nanos) {}
