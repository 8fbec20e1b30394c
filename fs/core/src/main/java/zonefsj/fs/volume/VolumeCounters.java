// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.LatencyCounts;
import zonefsj.device.filter.DeviceCounters;
import zonefsj.fs.meta.CachingMetadataStore.CacheStatistics;
import zonefsj.fs.volume.stored.ScrubRecord;

/**
 * What a volume has counted since the mount, and what it holds now, beside {@link VolumeStatus}.
 *
 * @param device accesses to the drive
 * @param commits how long commits took, from the seal of a batch until it was durable
 * @param unsyncedNanos age of the oldest change that is not durable; 0 if there is none
 * @param geometry of the drive, with its limits of open and active zones
 * @param activeZones zones that take the drive's resources
 * @param readBytes bytes that applications read
 * @param inodes number of inodes
 * @param metadataCache the cache of metadata
 * @param dirtyBytes memory of changes that are not on the drive yet
 * @param dirtyLimitBytes writers wait above this
 * @param errors number of errors, of the volume and of files
 * @param scrub the newest scrub; null if there never was one
 */
public record VolumeCounters(
    DeviceCounters device,
    LatencyCounts commits,
    long unsyncedNanos,
    DeviceGeometry geometry,
    int activeZones,
    long readBytes,
    long inodes,
    CacheStatistics metadataCache,
    long dirtyBytes,
    long dirtyLimitBytes,
    long errors,
    @Nullable ScrubRecord scrub) {}
