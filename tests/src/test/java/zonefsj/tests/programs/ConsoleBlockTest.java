// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is taken from a page, and that a wrong output is noticed. */
final class ConsoleBlockTest {
  private static List<String> lines(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split("/", -1));
  }

  @Test
  void commandsAndTheirOutputAreTakenFromConsoleBlocksOnly() {
    String page =
        "text/```/# none/```/```console/# a/one/# b/> c/```/"
            + "<!-- after top -->/text/```console/# d/two/```";
    assertThat(ConsoleBlock.of(lines(page)))
        .containsExactly(
            new ConsoleBlock(
                5,
                "",
                List.of(
                    new ConsoleBlock.Step(6, "a", List.of("one")),
                    new ConsoleBlock.Step(8, "b\nc", List.of()))),
            new ConsoleBlock(13, "top", List.of(new ConsoleBlock.Step(14, "d", List.of("two")))));
  }

  @ParameterizedTest
  @CsvSource({
    "```console/# a,line 1: the block does not end",
    "```console/```,line 1: an empty block",
    "```console/one/# a/```,line 2: output of no command"
  })
  void whatIsNoBlockIsRefused(String page, String words) {
    assertThatThrownBy(() -> ConsoleBlock.of(lines(page))).hasMessage(words);
  }

  @ParameterizedTest
  @CsvSource({
    "one/two,one/two",
    "'',''",
    "one…/two,one and more/two",
    "…,''",
    "…,one/two",
    "one/…/three,one/three",
    "one/…/three,one/two/two/three",
    "…/one/…,one/one/two",
    "a (…) [b],a (1) [b]",
    "one  ,one",
  })
  void outputAsShownIsRight(String shown, String actual) {
    assertThat(new ExpectedOutput(lines(shown)).differenceTo(lines(actual))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "one,two,expected: one|  actual: two",
    "one,'',expected: one|  actual: the output has ended",
    "'',one,expected: the end of the output|  actual: one",
    "one/two,one,expected: two|  actual: the output has ended",
    "one,one/two,expected: the end of the output|  actual: two",
    "a … b,a b,expected: a … b|  actual: a b",
    "one/…/three,one/two,expected: three|  actual: the output has ended",
    "one/…/three/four,one/two/three/five,expected: four|  actual: five",
    ".,x,expected: .|  actual: x",
  })
  void otherOutputIsWrong(String shown, String actual, String words) {
    assertThat(new ExpectedOutput(lines(shown)).differenceTo(lines(actual)))
        .contains(words.replace('|', '\n'));
  }
}
