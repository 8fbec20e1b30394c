// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.gc.VictimSearch.Victim;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;

/** Victims come in the order of the policy, without a search for each. */
class VictimSearchTest {
  private static final int ZONES = 1024;
  private static final int FILLED = 600;
  private static final int ZONE_BYTES = 64 << 10;

  private final AtomicLong scores = new AtomicLong();

  private final VictimPolicy policy =
      new VictimPolicy() {
        @Override
        public double score(ZoneStatistics zone) {
          scores.incrementAndGet();
          return StandardVictimPolicy.GREEDY.score(zone);
        }

        @Override
        public String label() {
          return "counted";
        }
      };

  private CollectorDrive drive;
  private VictimSearch search;

  /** The live bytes of a filled zone: different in each. */
  private static long liveBytes(int filled) {
    return 1000 + filled * 37 % FILLED * 64L;
  }

  @BeforeEach
  void fill() throws IOException {
    drive = new CollectorDrive(ZONES);
    for (int filled = 0; filled < FILLED; filled++) {
      try (ZoneHandle handle = drive.written(ZoneStream.HOT)) {
        drive.usage().addPlaced(handle.zone(), ZONE_BYTES, 0);
        drive.usage().setLiveBytes(handle.zone(), liveBytes(filled));
      }
    }
    search =
        new VictimSearch(
            drive.allocator(),
            drive.usage(),
            new ZoneBackoff(drive.elapsedMillis::get),
            4096,
            InstantSource.fixed(Instant.EPOCH),
            drive.elapsedMillis::get);
  }

  @AfterEach
  void closeDrive() throws IOException {
    drive.close();
  }

  private List<Long> take(int victims) {
    List<Long> live = new ArrayList<>();
    for (int count = 0; count < victims; count++) {
      Victim victim = search.best(policy, 1).orElseThrow();
      live.add(drive.usage().liveBytes(victim.zone()));
      drive.usage().setLiveBytes(victim.zone(), 0);
    }
    return live;
  }

  @Test
  void theBestComesFirst() throws IOException {
    assertThat(take(50)).isSorted().startsWith(1000L, 1064L, 1128L);
  }

  @Test
  void oneSearchServesSeveralVictims() throws IOException {
    int victims = 40;
    take(victims);
    assertThat(scores.get()).isLessThanOrEqualTo((long) FILLED * victims / (ZONES / 128));
  }

  @Test
  void whatDoesNotQualifyAnyMoreIsPassedOver() throws IOException {
    take(1);
    for (int zone = 0; zone < ZONES; zone++) {
      long live = drive.usage().liveBytes(zone);
      if (live > 1000 && live < 1500) {
        drive.usage().addPending(zone, 1);
      }
    }
    assertThat(take(1)).containsExactly(1000L + 64 * 8);
  }

  @Test
  void aChangedZoneIsFoundAfterASecond() throws IOException {
    take(1);
    int last = -1;
    for (int zone = 0; zone < ZONES; zone++) {
      last = drive.usage().liveBytes(zone) > 30_000 ? zone : last;
    }
    drive.usage().setLiveBytes(last, 1);
    drive.elapsedMillis.addAndGet(1000);
    assertThat(search.best(policy, 1).map(Victim::zone)).isEqualTo(Optional.of(last));
  }

  @Test
  void aWriterWaitsForNoVictimThatCostsMuchMoreThanTheEmptiest() {
    assertThat(search.utilizationForWaiters()).isBetween(0.5, 0.52);
    for (int zone = 0; zone < ZONES; zone++) {
      if (drive.usage().liveBytes(zone) > 0) {
        drive.usage().setLiveBytes(zone, 49_000);
      }
    }
    assertThat(search.utilizationForWaiters()).isBetween(0.96, 0.97);
  }

  @Test
  void fullerZonesAreNoVictims() throws IOException {
    assertThat(search.best(policy, 0.01)).isEmpty();
    assertThat(search.countBelow(1)).isEqualTo(FILLED);
    assertThat(search.best(policy, 1)).isPresent();
  }
}
