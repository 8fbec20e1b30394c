// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import zonefsj.fs.cli.control.Json;
import zonefsj.fs.volume.VolumeCounters;
import zonefsj.fs.volume.VolumeStatus;

/**
 * The numbers of a mount that a chart shows over time, at one instant. Takes about 120 bytes.
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
 * @param requestP99Nanos what 99 of 100 recent requests did not exceed; 0: there were none
 * @param fsyncP99Nanos the same of requests for durability
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
    long requestP99Nanos,
    long fsyncP99Nanos,
    long freeBytes,
    long liveBytes,
    long dirtyBytes) {

  private static final double SLOWEST_IN_A_HUNDRED = 0.99;

  /**
   * A sample of now.
   *
   * @param times since the mount
   * @param before the same a while ago: what came later is recent
   */
  static Sample of(
      long atMillis,
      VolumeStatus status,
      VolumeCounters counters,
      RequestTimes times,
      RequestTimes before) {
    RequestTimes recent = times.minus(before);
    return new Sample(
        atMillis,
        status.writes().total().applicationBytes(),
        status.writes().total().driveBytes(),
        counters.readBytes(),
        status.collector().skewedBound(),
        times.all().total(),
        times.all().totalNanos(),
        times.fsyncs().total(),
        times.fsyncs().totalNanos(),
        recent.all().quantileNanos(SLOWEST_IN_A_HUNDRED),
        recent.fsyncs().quantileNanos(SLOWEST_IN_A_HUNDRED),
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
        .put("request_p99", requestP99Nanos)
        .put("fsync_p99", fsyncP99Nanos)
        .put("free_bytes", freeBytes)
        .put("live_bytes", liveBytes)
        .put("dirty_bytes", dirtyBytes)
        .build();
  }
}
