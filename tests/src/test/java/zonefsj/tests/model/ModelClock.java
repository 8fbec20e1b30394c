// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;

/** Stands still during an operation and goes on between two; both filesystems read it. */
public final class ModelClock implements Supplier<Instant>, InstantSource {
  private static final Instant START = Instant.parse("2024-03-01T12:00:00.123456789Z");

  private volatile Instant now = START;

  /** The time of operation number {@code index}: a little later each time, a day later at times. */
  void set(int index) {
    now = START.plusSeconds(index * 61L + index / 50 * 90_000L).plusNanos(index);
  }

  @Override
  public Instant get() {
    return now;
  }

  @Override
  public Instant instant() {
    return now;
  }
}
