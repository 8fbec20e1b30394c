// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;

/** Stands still during a step, goes on between two. */
final class CrashClock implements InstantSource, Supplier<Instant> {
  private static final Instant START = Instant.parse("2024-05-01T08:00:00.000000001Z");

  private Instant now = START;

  void set(int step) {
    now = START.plusMillis(step * 1_001L);
  }

  @Override
  public Instant instant() {
    return now;
  }

  @Override
  public Instant get() {
    return now;
  }
}
