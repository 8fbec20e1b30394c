// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts the bytes that were appended since the mount, by stream. Thread-safe, without a lock. */
final class WrittenBytes {
  private final Map<ZoneStream, LongAdder> byStream = new EnumMap<>(ZoneStream.class);

  WrittenBytes() {
    for (ZoneStream stream : ZoneStream.values()) {
      byStream.put(stream, new LongAdder());
    }
  }

  /** The counter of a stream. */
  LongAdder of(ZoneStream stream) {
    LongAdder counter = byStream.get(stream);
    if (counter == null) {
      throw new IllegalArgumentException("no counter for " + stream);
    }
    return counter;
  }
}
