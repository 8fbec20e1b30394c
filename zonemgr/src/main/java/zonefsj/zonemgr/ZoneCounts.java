// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

/**
 * Sums over all zones at one instant.
 *
 * @param free free zones
 * @param freeForData free zones that file data may take
 * @param partialDataBytes bytes that partly written data zones without a handle can still take
 * @param active active zones
 * @param failedBytes capacity of the zones that failed since the mount
 * @param checkpoint zones that the checkpoints have
 * @param freeForCheckpoint zones that the checkpoints may still take
 * @param collectorBorrowed zones of its reserve that the collector has borrowed
 * @param hasFailedZones whether the drive turned any zone read-only or offline
 * @param hasWithheldData whether a withheld zone holds file data
 * @param unfinishedZones zones that keep an active resource because their finish failed
 */
record ZoneCounts(
    int free,
    int freeForData,
    long partialDataBytes,
    int active,
    long failedBytes,
    int checkpoint,
    int freeForCheckpoint,
    int collectorBorrowed,
    boolean hasFailedZones,
    boolean hasWithheldData,
    int unfinishedZones) {}
