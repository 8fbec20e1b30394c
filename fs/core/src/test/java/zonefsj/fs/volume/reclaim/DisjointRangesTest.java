// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DisjointRangesTest {
  private final DisjointRanges ranges = new DisjointRanges();

  @Test
  void takesWhatSharesNoByte() {
    assertThat(ranges.add(1, 100, 200)).isTrue();
    assertThat(ranges.add(1, 200, 300)).isTrue();
    assertThat(ranges.add(1, 0, 100)).isTrue();
    assertThat(ranges.add(2, 100, 200)).as("of another file").isTrue();
  }

  @Test
  void refusesAnyOverlap() {
    ranges.add(1, 100, 200);
    assertThat(ranges.add(1, 100, 200)).isFalse();
    assertThat(ranges.add(1, 150, 160)).as("the rest of an extent, with another end").isFalse();
    assertThat(ranges.add(1, 50, 101)).isFalse();
    assertThat(ranges.add(1, 199, 300)).isFalse();
    assertThat(ranges.add(1, 0, 1000)).isFalse();
    assertThat(ranges.add(1, 200, 1000)).isTrue();
  }
}
