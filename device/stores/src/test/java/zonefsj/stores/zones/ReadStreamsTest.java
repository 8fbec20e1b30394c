// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReadStreamsTest {
  private static final long READ = 128 << 10;
  private static final long ZONE = 256L << 20;

  private final ReadStreams streams =
      new ReadStreams(2L * ReadStreams.STREAMS * ReadStreams.MOST_BYTES);

  @Test
  void oneReadTellsNothing() {
    assertThat(streams.note(1, 0, READ)).isZero();
    assertThat(streams.note(2, 0, READ)).isZero();
    assertThat(streams.note(1, 100 << 20, READ)).isZero();
  }

  @Test
  void asMuchIsWorthFetchingAsWasRead() {
    streams.note(1, 0, READ);
    for (int read = 1; read < 200; read++) {
      long had = (read + 1) * READ;
      assertThat(streams.note(1, read * READ, READ))
          .isEqualTo(Math.min(ReadStreams.MOST_BYTES, Math.max(ReadStreams.LEAST_BYTES, had)));
    }
  }

  @Test
  void manyGoOnSideBySide() {
    for (int read = 0; read < 10; read++) {
      for (int zone = 0; zone < ReadStreams.STREAMS; zone++) {
        assertThat(streams.note(zone, read * READ, READ) > 0).isEqualTo(read > 0);
      }
    }
  }

  /** What is fetched for one must not drive out what is fetched for another. */
  @Test
  void theyShareTheMemory() {
    ReadStreams few = new ReadStreams(8 << 20);
    for (int read = 0; read < 10; read++) {
      long both = 0;
      for (int zone = 0; zone < 2; zone++) {
        both += few.note(zone, read * READ, READ);
      }
      assertThat(both).isLessThanOrEqualTo(4 << 20);
    }
    // One has ended.
    long alone = 0;
    for (int read = 10; read < 300; read++) {
      alone = few.note(0, read * READ, READ);
    }
    assertThat(alone).isEqualTo(4 << 20);
  }

  /** What is fetched for too many would be gone before it is read. */
  @Test
  void tooManyGetNothing() {
    ReadStreams few = new ReadStreams(4 << 20);
    for (int read = 0; read < 10; read++) {
      for (int zone = 0; zone < 2; zone++) {
        assertThat(few.note(zone, read * READ, READ) > 0).isEqualTo(read > 0);
      }
    }
    few.note(2, 0, READ);
    assertThat(few.note(2, READ, READ)).isZero();
  }

  @Test
  void withoutMemoryNothingIsWorthFetching() {
    ReadStreams none = new ReadStreams(0);
    for (int read = 0; read < 10; read++) {
      assertThat(none.note(1, read * READ, READ)).isZero();
    }
  }

  @Test
  void theOldestGivesWay() {
    for (int zone = 0; zone <= ReadStreams.STREAMS; zone++) {
      streams.note(zone, 0, READ);
    }
    assertThat(streams.note(1, READ, READ)).isPositive();
    assertThat(streams.note(0, READ, READ)).isZero();
  }

  /** The kernel reads one file ahead with several requests. */
  @Test
  void theirOrderMayDiffer() {
    int ahead = 0;
    for (int pair = 0; pair < 50; pair++) {
      ahead += streams.note(1, (2L * pair + 1) * READ, READ) > 0 ? 1 : 0;
      ahead += streams.note(1, 2L * pair * READ, READ) > 0 ? 1 : 0;
    }
    assertThat(ahead).isGreaterThan(45);
  }

  @Test
  void whatIsReadOnceMoreDoesNotGoOn() {
    streams.note(1, 0, READ);
    streams.note(1, READ, READ);
    for (int again = 0; again < 10; again++) {
      assertThat(streams.note(1, READ, READ)).isZero();
    }
    assertThat(streams.note(1, 2 * READ, READ)).isPositive();
  }

  @Test
  void whoJumpsAboutReadsNothingAhead() {
    SplittableRandom random = new SplittableRandom(1);
    int ahead = 0;
    for (int read = 0; read < 10_000; read++) {
      ahead += streams.note(1, random.nextLong(ZONE / 4096) * 4096, 4096) > 0 ? 1 : 0;
    }
    assertThat(ahead).isLessThan(200);
  }
}
