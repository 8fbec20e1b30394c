// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import zonefsj.fs.cli.control.Json;

/** The samples of the last hour: {@value #MOST} at most, 40 KB. Thread-safe. */
final class History {
  static final int MOST = 360;
  static final long INTERVAL_MILLIS = 10_000;

  private final ArrayDeque<Sample> samples = new ArrayDeque<>();

  synchronized void add(Sample sample) {
    samples.addLast(sample);
    if (samples.size() > MOST) {
      samples.removeFirst();
    }
  }

  Json.JsonObject toJson() {
    List<Sample> all;
    synchronized (this) {
      all = new ArrayList<>(samples);
    }
    return Json.structure()
        .put("interval_millis", INTERVAL_MILLIS)
        .put("samples", Json.Array.of(all, Sample::toJson))
        .build();
  }
}
