// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MountOptionWordsTest {
  @Test
  void everyOptionIsOffered() {
    assertThat(MountOptionWords.all())
        .extracting(MountOptionWords.Word::name)
        .containsExactlyElementsOf(KnownOptions.candidates());
    assertThat(MountOptionWords.all())
        .extracting(MountOptionWords.Word::typed)
        .contains("ro", "commit=", "gc_policy=", "meta=", "noatime", "nosuid", "_netdev")
        .doesNotContain("commit", "ro=");
    assertThat(MountOptionWords.live())
        .extracting(MountOptionWords.Word::typed)
        .contains("gc_policy=", "gc_rate=", "commit=", "ro", "nodev")
        .doesNotContain("gc_reserve=", "meta=");
  }

  @Test
  void everyChoiceIsAccepted() throws UsageError {
    for (MountOptionWords.Word word : MountOptionWords.all()) {
      assertThat(word.choices()).as(word.name()).allMatch(choice -> !choice.isEmpty());
      for (String choice : word.choices()) {
        MountOptionParser.parse(List.of(word.typed() + choice));
      }
    }
  }

  /** The refusal of a wrong value names all that are right. */
  @Test
  void noChoiceIsMissing() {
    int complete = 0;
    for (MountOptionWords.Word word : MountOptionWords.all()) {
      if (word.valued() && word.choices().size() > 1) {
        assertThatThrownBy(() -> MountOptionParser.parse(List.of(word.typed() + "nonsense")))
            .isInstanceOfSatisfying(
                UsageError.class,
                refused ->
                    assertThat(refused.getMessage().replaceFirst(".*: give ", "").split(" or |, "))
                        .containsExactlyElementsOf(word.choices()));
        complete++;
      }
    }
    assertThat(complete).isGreaterThanOrEqualTo(3);
  }
}
