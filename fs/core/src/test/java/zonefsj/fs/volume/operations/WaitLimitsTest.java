// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What counts as waiting in vain. */
class WaitLimitsTest {
  private long nowNanos = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(1);
  private final WaitLimits limits = new WaitLimits(() -> nowNanos, 0);

  private void pass(int seconds) {
    nowNanos += TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void emptySpaceThatGrowsExtendsTheWait() {
    limits.turnBegins(10);
    pass(31);
    assertThat(limits.isStalled(11, false)).isFalse();
    pass(30);
    assertThat(limits.isStalled(11, false)).isFalse();
    pass(1);
    assertThat(limits.isStalled(11, false)).isTrue();
  }

  @Test
  void theTimeInTheLineDoesNotCountAndTurnsAddUp() {
    pass(1000);
    limits.turnBegins(10);
    pass(20);
    assertThat(limits.isStalled(10, false)).isFalse();
    limits.turnEnds();
    pass(1000);
    limits.turnBegins(10);
    pass(10);
    assertThat(limits.isStalled(10, false)).isFalse();
    pass(1);
    assertThat(limits.isStalled(10, false)).isTrue();
    limits.turnEnds();
    limits.turnBegins(11);
    assertThat(limits.isStalled(11, false)).isFalse();
  }

  @Test
  void aSlowDriveGetsItsRounds() {
    limits.turnBegins(10);
    for (int round = 0; round < 32; round++) {
      pass(60);
      assertThat(limits.isStalled(10, true)).isFalse();
    }
    assertThat(limits.isStalled(10, true)).isTrue();
  }
}
