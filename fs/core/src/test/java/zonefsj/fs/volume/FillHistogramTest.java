// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import zonefsj.fs.volume.CollectorStatus.Fill;

class FillHistogramTest {
  private static final long NOW = 1_000_000;

  @Test
  void zonesAreCountedByTheirLiveShareAndAge() {
    FillHistogram histogram = new FillHistogram(NOW);
    histogram.add(0, NOW);
    histogram.add(0.0999, NOW - 4000);
    histogram.add(0.1, NOW - 60_000);
    histogram.add(0.95, NOW);
    // Summaries count, so a zone may look fuller than full; a clock may be set back.
    histogram.add(1.02, NOW + 5000);
    assertThat(histogram.classes())
        .hasSize(CollectorStatus.FILL_CLASSES)
        .startsWith(new Fill(2, 2), new Fill(1, 60), new Fill(0, 0))
        .endsWith(new Fill(2, 0));
  }
}
