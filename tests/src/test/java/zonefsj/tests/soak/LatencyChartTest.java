// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.fs.cli.bench.LatencyHistogram;

class LatencyChartTest {
  @Test
  void oneSlowTimeInAMillionHasALine() {
    LatencyHistogram times = new LatencyHistogram();
    for (int fast = 0; fast < 1_000_000; fast++) {
      times.add(1000);
    }
    times.add(5_000_000_000L);
    times.add(0);
    List<String> lines = LatencyChart.lines(times);
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).contains(" 0.000 ms ", " 1 #");
    assertThat(lines.get(1)).contains(" 0.001 ms ", " 1000000 ", "#".repeat(49));
    assertThat(lines.get(2)).contains(" 8589.935 ms ", " 1 #");
  }

  @Test
  void nothingHasNoLines() {
    assertThat(LatencyChart.lines(new LatencyHistogram())).isEmpty();
  }
}
