// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import zonefsj.device.DevicePart;
import zonefsj.fs.volume.VolumeStatus;

/**
 * What {@code status} reports about a live mount.
 *
 * @param source SPEC that is mounted
 * @param mountPoint directory where it is mounted
 * @param mountedAt time of the mount
 * @param pid process number of the daemon
 * @param logFile log file of the daemon; empty: standard error
 * @param options the current mount options; a flag has an empty value
 * @param metricsFailure why and since when metrics are not served; empty: they are, or are not to
 *     be
 * @param drive the drive, and the drives on which it stands
 * @param volume status of the filesystem
 */
public record MountStatus(
    String source,
    String mountPoint,
    Instant mountedAt,
    long pid,
    String logFile,
    Map<String, String> options,
    String metricsFailure,
    List<DevicePart> drive,
    VolumeStatus volume) {}
