// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import zonefsj.zonemgr.ZoneState.Use;

/** A commit that kills the last live bytes of a victim changes the index before the count. */
class LateCountTest {
  private final AtomicInteger scans = new AtomicInteger();

  private static GarbageCollector collectorOfOneLiveZone(CollectorDrive drive, ExtentOwner owner)
      throws IOException {
    drive.fillLive(1);
    return drive.collector(owner, CollectorDrive.ZONES, 0);
  }

  @Test
  void whatIsNotCountedYetIsWaitedFor() throws IOException {
    try (CollectorDrive drive = new CollectorDrive()) {
      GarbageCollector collector =
          collectorOfOneLiveZone(
              drive,
              new CollectorDrive.Untold() {
                @Override
                RelocationResult scan(IntPredicate zones) {
                  scans.incrementAndGet();
                  return RelocationResult.NOTHING;
                }

                @Override
                public void awaitCounts() {
                  drive.usage().setLiveBytes(0, 0);
                }
              });
      assertThat(CollectorDrive.collectOne(collector)).isTrue();
      collector.resetEmptied();
      assertThat(scans).hasValue(0);
      assertThat(drive.allocator().state(0).use()).isEqualTo(Use.FREE);
    }
  }

  /** Zones from which data were moved wait for the commit: it must not wait for the next victim. */
  @Test
  void whatAFailedScanHasMovedIsCommitted() throws IOException {
    AtomicInteger commits = new AtomicInteger();
    try (CollectorDrive drive = new CollectorDrive()) {
      GarbageCollector collector =
          collectorOfOneLiveZone(
              drive,
              new CollectorDrive.Untold() {
                @Override
                RelocationResult scan(IntPredicate zones) throws IOException {
                  commits.set(0);
                  throw new IOException("the scan fails");
                }

                @Override
                public void commitRelocations() {
                  commits.incrementAndGet();
                }
              });
      assertThatThrownBy(() -> CollectorDrive.collectOne(collector)).hasMessage("the scan fails");
      assertThat(commits).hasValue(1);
    }
  }
}
