// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.time.Instant;
import java.util.Map;
import zonefsj.fs.volume.VolumeStatus;

/**
 * What {@code status} tells of a live mount.
 *
 * @param source SPEC that is mounted
 * @param mountPoint where
 * @param mountedAt since when
 * @param pid process number of the daemon
 * @param logFile where the daemon logs; empty: standard error
 * @param options the mount options as they are now, a flag with an empty value
 * @param volume the filesystem
 */
public record MountStatus(
    String source,
    String mountPoint,
    Instant mountedAt,
    long pid,
    String logFile,
    Map<String, String> options,
    VolumeStatus volume) {}
