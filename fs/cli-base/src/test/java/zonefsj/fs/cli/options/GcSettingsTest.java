// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import zonefsj.fs.VolumeOptions.GcOptions;
import zonefsj.fs.VolumeOptions.GcPolicy;

/** Options of the collector. */
final class GcSettingsTest {
  private static final GcOptions BEFORE =
      new GcOptions(GcPolicy.GREEDY, 20, 10, 3, 1 << 20, Duration.ofSeconds(7));

  @Test
  void whatIsNotSetStays() throws UsageError {
    assertThat(GcOptionText.apply(BEFORE, Map.of())).isEqualTo(BEFORE);
    assertThat(GcOptionText.apply(BEFORE, Map.of("gc_rate", "0")))
        .isEqualTo(new GcOptions(GcPolicy.GREEDY, 20, 10, 3, 0, Duration.ofSeconds(7)));
  }

  @Test
  void aThresholdTakesTheOtherAlong() throws UsageError {
    assertThat(GcOptionText.apply(BEFORE, Map.of("gc_start", "5")).urgentPercent()).isEqualTo(5);
    assertThat(GcOptionText.apply(BEFORE, Map.of("gc_urgent", "40")).startPercent()).isEqualTo(40);
  }

  @Test
  void anAutomaticThresholdContradictsNone() throws UsageError {
    Map<String, String> automatic = Map.of("gc_start", "auto", "gc_urgent", "auto");
    GcOptions now = GcOptionText.apply(BEFORE, automatic);
    assertThat(now.startPercent()).isEqualTo(GcOptions.AUTOMATIC);
    assertThat(now.urgentPercent()).isEqualTo(GcOptions.AUTOMATIC);
    assertThat(GcOptionText.describe(now)).containsAllEntriesOf(automatic);
    assertThat(GcOptionText.apply(now, Map.of("gc_urgent", "40")).startPercent())
        .isEqualTo(GcOptions.AUTOMATIC);
    assertThat(GcOptionText.apply(now, Map.of("gc_start", "5")).urgentPercent())
        .isEqualTo(GcOptions.AUTOMATIC);
  }

  @Test
  void thresholdsThatContradictEachOtherAreRefused() {
    assertThatThrownBy(
            () -> GcOptionText.apply(BEFORE, Map.of("gc_start", "10", "gc_urgent", "11")))
        .isInstanceOf(UsageError.class)
        .hasMessageStartingWith("gc_urgent=11 is above gc_start=10");
  }

  @Test
  void theirTextMeansTheSame() throws UsageError {
    assertThat(GcOptionText.apply(GcOptions.DEFAULT, GcOptionText.describe(BEFORE)))
        .isEqualTo(BEFORE);
  }
}
