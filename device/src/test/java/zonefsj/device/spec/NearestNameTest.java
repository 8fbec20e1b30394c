// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What somebody may have meant. */
final class NearestNameTest {
  private static final List<String> KNOWN =
      List.of("ro", "commit", "meta", "cache", "gc_rate", "gc_reserve", "noatime", "allow_other");

  @ParameterizedTest
  @CsvSource({
    "comit, commit",
    "commti, commit",
    "gc_rat, gc_rate",
    "gcrate, gc_rate",
    "NOATIME, noatime",
    "alow_othr, allow_other",
    "mata, meta",
    "or, ro",
    "reserve, gc_reserve"
  })
  void aMistypedNameHasTheOneMeantNearest(String wrong, String meant) {
    assertThat(NearestName.of(wrong, KNOWN)).contains(meant);
  }

  @ParameterizedTest
  @CsvSource({"comit, true", "gc_rates, true", "elephant, false", "x, false"})
  void aSuggestionIsMadeOnlyWhenItCouldHaveBeenMeant(String wrong, boolean suggested) {
    assertThat(NearestName.suggestion(wrong, List.of("commit", "gc_rate")).isEmpty())
        .isEqualTo(!suggested);
  }
}
