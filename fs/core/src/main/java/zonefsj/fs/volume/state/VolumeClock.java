// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** The two clocks of a volume: one gives the time, the other measures intervals. Thread-safe. */
public final class VolumeClock implements InstantSource {
  private final InstantSource time;
  private final LongSupplier elapsed;

  /**
   * @param time gives the time; it may be set
   * @param elapsed milliseconds since some instant; never set
   */
  public VolumeClock(InstantSource time, LongSupplier elapsed) {
    this.time = time;
    this.elapsed = elapsed;
  }

  @Override
  public Instant instant() {
    return time.instant();
  }

  /** Milliseconds since some instant, for intervals. */
  public long elapsedMillis() {
    return elapsed.getAsLong();
  }
}
