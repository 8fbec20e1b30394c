// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** The state that is shown says whether the collector moves data, whoever asks for it. */
class CollectorStateTest {
  private static final class FoundByScan extends CollectorDrive.Untold {
    @Override
    RelocationResult scan(IntPredicate zones) {
      return new RelocationResult(1, 0);
    }
  }

  @Test
  void whatACommandCollectsIsWork() throws IOException {
    try (CollectorDrive drive = new CollectorDrive()) {
      drive.fillLive(2);
      GarbageCollector collector = drive.collector(new FoundByScan(), 1, 0);
      assertThat(collector.doWork()).as("there is room enough").isFalse();
      assertThat(collector.snapshot().state()).isEqualTo("idle");
      assertThat(collector.stepByCommand(true)).isEqualTo(CollectionStep.BEGUN);
      assertThat(collector.snapshot().state()).isEqualTo("working");
      CollectionStep step;
      do {
        step = collector.stepByCommand(false);
      } while (step.isUnfinished());
      assertThat(collector.snapshot().state()).isEqualTo("idle");
    }
  }
}
