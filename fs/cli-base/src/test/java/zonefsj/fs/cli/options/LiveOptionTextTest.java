// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.VolumeOptions.AccessTimes;
import zonefsj.fs.VolumeOptions.ErrorPolicy;

/** What a live mount lets one change. */
final class LiveOptionTextTest {
  private static final VolumeOptions.Live BEFORE = VolumeOptions.DEFAULT.live();

  @Test
  void whatIsNotSetStays() throws UsageError {
    assertThat(LiveOptionText.apply(BEFORE, Map.of())).isEqualTo(BEFORE);
    assertThat(LiveOptionText.apply(BEFORE, Map.of("metrics", ":9800"))).isEqualTo(BEFORE);
  }

  @Test
  void eachCanBeSet() throws UsageError {
    VolumeOptions.Live now =
        LiveOptionText.apply(
            BEFORE,
            Map.of(
                "commit", "1.5",
                "dirty", "8M",
                "noatime", "",
                "errors", "continue",
                "gc_idle", "9"));
    assertThat(now.commitInterval()).isEqualTo(Duration.ofMillis(1500));
    assertThat(now.dirtyBytes()).isEqualTo(8 << 20);
    assertThat(now.accessTimes()).isEqualTo(AccessTimes.NONE);
    assertThat(now.errors()).isEqualTo(ErrorPolicy.CONTINUE);
    assertThat(now.gc().idleDelay()).hasSeconds(9);
  }

  @Test
  void anythingElseIsRefusedWithWhatCanBeSet() {
    for (String name : List.of("meta", "gc_reserve", "gc_rte", "cache", "ro", "nonsense")) {
      assertThatThrownBy(() -> LiveOptionText.apply(BEFORE, Map.of(name, "5")))
          .isInstanceOf(UsageError.class)
          .hasMessageContaining("'" + name + "' cannot be changed on a live mount")
          .hasMessageContaining("commit, dirty, gc_policy, gc_start, gc_urgent, gc_rate, gc_idle");
    }
  }

  @Test
  void wrongValuesAreRefused() {
    for (Map.Entry<String, String> wrong :
        Map.of("commit", "0", "dirty", "1M", "errors", "panic", "metrics", "x", "noatime", "1")
            .entrySet()) {
      assertThatThrownBy(
              () -> LiveOptionText.apply(BEFORE, Map.of(wrong.getKey(), wrong.getValue())))
          .isInstanceOf(UsageError.class)
          .hasMessageContaining(wrong.getKey());
    }
  }
}
