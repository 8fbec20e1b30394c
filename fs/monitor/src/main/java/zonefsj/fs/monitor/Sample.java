// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import java.util.Map;
import zonefsj.device.LatencyCounts;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.volume.VolumeCounters;
import zonefsj.fs.volume.VolumeStatus;

/**
 * The numbers of a mount that a chart shows over time, at one instant. Takes about 100 bytes.
 *
 * @param atMillis time, in milliseconds of the epoch
 * @param applicationBytes bytes that applications wrote since the mount
 * @param driveBytes bytes that were written to the drive since the mount
 * @param readBytes bytes that applications read since the mount
 * @param bound what theory says of the write amplification of overwrites with the skew of now; 0:
 *     nothing
 * @param requests number of requests of the kernel since the mount
 * @param requestNanos their total time
 * @param fsyncs number of requests for durability since the mount
 * @param fsyncNanos their total time
 * @param freeBytes bytes of file data that can be accepted
 * @param liveBytes bytes that files need
 * @param dirtyBytes memory of changes that are not on the drive yet
 */
record Sample(
    long atMillis,
    long applicationBytes,
    long driveBytes,
    long readBytes,
    double bound,
    long requests,
    long requestNanos,
    long fsyncs,
    long fsyncNanos,
    long freeBytes,
    long liveBytes,
    long dirtyBytes) {

  static Sample of(
      long atMillis,
      VolumeStatus status,
      VolumeCounters counters,
      Map<String, LatencyCounts> requests) {
    LatencyCounts fsyncs = requests.getOrDefault("fsync", LatencyCounts.NONE);
    return new Sample(
        atMillis,
        status.writes().total().applicationBytes(),
        status.writes().total().driveBytes(),
        counters.readBytes(),
        status.collector().skewedBound(),
        requests.values().stream().mapToLong(LatencyCounts::total).sum(),
        requests.values().stream().mapToLong(LatencyCounts::totalNanos).sum(),
        fsyncs.total(),
        fsyncs.totalNanos(),
        status.freeBytes(),
        status.liveBytes(),
        counters.dirtyBytes());
  }

  Json.JsonObject toJson() {
    return Json.structure()
        .put("at_millis", atMillis)
        .put("application_bytes", applicationBytes)
        .put("drive_bytes", driveBytes)
        .put("read_bytes", readBytes)
        .put("bound", bound)
        .put("requests", requests)
        .put("request_nanos", requestNanos)
        .put("fsyncs", fsyncs)
        .put("fsync_nanos", fsyncNanos)
        .put("free_bytes", freeBytes)
        .put("live_bytes", liveBytes)
        .put("dirty_bytes", dirtyBytes)
        .build();
  }
}
