// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Only the next SETATTR of the same process for the same file belongs to a removal. */
final class CapabilityRemovalsTest {
  private final CapabilityRemovals removals = new CapabilityRemovals();

  @Test
  void aRemovalIsTakenOnce() {
    removals.add(1, 5);
    assertThat(removals.take(2, 5)).isFalse();
    assertThat(removals.take(1, 5)).isTrue();
    assertThat(removals.take(1, 5)).isFalse();
  }

  @Test
  void anotherFileEndsIt() {
    removals.add(1, 5);
    assertThat(removals.take(1, 6)).isFalse();
    assertThat(removals.take(1, 5)).isFalse();
  }

  @Test
  void processesThatNeverAskTakeNoMemory() {
    for (int pid = 0; pid < 5000; pid++) {
      removals.add(pid, 5);
    }
    int left = 0;
    for (int pid = 0; pid < 5000; pid++) {
      left += removals.take(pid, 5) ? 1 : 0;
    }
    assertThat(left).isBetween(1, 1024);
  }
}
