// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

/**
 * Sums over all zones at one instant.
 *
 * @param free free zones
 * @param freeForData free zones that file data may take
 * @param partialDataBytes what partly written data zones without a handle can still take
 * @param active active zones
 * @param failedBytes capacity of the zones that died since the mount
 * @param checkpoint zones that the checkpoints have
 * @param freeForCheckpoint zones that they may still take
 * @param collectorBorrowed zones of its reserve that the collector has taken
 * @param hasFailedZones whether the drive turned any zone read-only or offline
 * @param unfinishedZones zones that keep an active slot because they could not be finished
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
    int unfinishedZones) {}
