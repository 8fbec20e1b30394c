// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is agreed on at INIT, and with whom nothing is. */
final class NegotiationTest {
  private static Requests.Init offer(int major, int minor, long flags) {
    return new Requests.Init(major, minor, 128 << 10, flags);
  }

  @ParameterizedTest
  @CsvSource({
    "7, 31, true",
    "7, 38, true",
    "7, 45, true",
    "7, 99, true",
    "7, 30, false",
    "7, 0, false",
    "6, 31, false",
    "8, 31, false",
    "7, -1, false"
  })
  void whoIsSpokenWith(int major, int minor, boolean spoken) {
    assertThat(Negotiation.isSpoken(offer(major, minor, -1))).isEqualTo(spoken);
  }

  @ParameterizedTest
  @CsvSource({"31, 31", "38, 38", "45, 45", "46, 45", "1000, 45"})
  void theOlderVersionOfTheTwoIsSpoken(int offered, int agreed) {
    assertThat(Negotiation.of(offer(7, offered, 0), false, false).minor()).isEqualTo(agreed);
  }

  @Test
  void nothingIsTakenThatWasNotOffered() {
    for (int bit = 0; bit < Long.SIZE; bit++) {
      Negotiation agreed = Negotiation.of(offer(7, 45, 1L << bit), true, true);
      assertThat(agreed.flags() & ~(1L << bit)).as("bit %d", bit).isZero();
    }
    assertThat(Negotiation.of(offer(7, 45, 0), true, false).flags()).isZero();
  }

  @Test
  void whatIsTakenOfAll() {
    Negotiation agreed = Negotiation.of(offer(7, 45, -1), false, false);
    // 0, 3-6, 13, 14, 18, 20-23, 25, 28-30, 34 of FUSE_* in linux/fuse.h
    assertThat(agreed.flags()).isEqualTo(0x4_72f46079L);
    assertThat(agreed.has(InitFlags.ASYNC_DIO)).isFalse();
    assertThat(agreed.has(InitFlags.WRITEBACK_CACHE)).isFalse();
    assertThat(Negotiation.of(offer(7, 45, -1), true, false).flags()).isEqualTo(0x4_72f56079L);
    assertThat(Negotiation.of(offer(7, 45, -1), false, true).flags()).isEqualTo(0x104_72f46079L);
    assertThat(agreed.maxReadAheadBytes()).isEqualTo(128 << 10);
    assertThat(agreed.maxWriteBytes()).isEqualTo(1 << 20);
  }

  @Test
  void longRequestsNeedTheKernelsWord() {
    Negotiation small = Negotiation.of(offer(7, 31, ~InitFlags.MAX_PAGES), false, false);
    assertThat(small.maxWriteBytes()).isEqualTo(128 << 10);
    assertThat(
            Negotiation.of(new Requests.Init(7, 31, 1 << 30, 0), false, false).maxReadAheadBytes())
        .isEqualTo(1 << 20);
  }
}
