// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

/**
 * What one kind of access has done so far.
 *
 * @param operations how many have ended, the failed ones included
 * @param failures how many of them failed
 * @param bytes how many bytes the others moved
 * @param nanos how long all of them took together
 */
public record OperationCounters(long operations, long failures, long bytes, long nanos) {}
