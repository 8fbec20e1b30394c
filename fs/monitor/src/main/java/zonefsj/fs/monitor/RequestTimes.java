// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import java.util.Map;
import zonefsj.device.LatencyCounts;

/**
 * The times of the kernel's requests.
 *
 * @param all of all kinds
 * @param fsyncs of requests for durability
 */
record RequestTimes(LatencyCounts all, LatencyCounts fsyncs) {
  static final RequestTimes NONE = new RequestTimes(LatencyCounts.NONE, LatencyCounts.NONE);

  static RequestTimes of(Map<String, LatencyCounts> byKind) {
    return new RequestTimes(
        byKind.values().stream().reduce(LatencyCounts.NONE, LatencyCounts::plus),
        byKind.getOrDefault("fsync", LatencyCounts.NONE));
  }

  RequestTimes minus(RequestTimes earlier) {
    return new RequestTimes(all.minus(earlier.all), fsyncs.minus(earlier.fsyncs));
  }
}
