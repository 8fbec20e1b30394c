// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** JSON, written and read. */
final class JsonTest {
  @Property(tries = 200)
  void whatIsWrittenIsReadAgain(@ForAll("values") Json value) throws IOException {
    String line = JsonWriter.compact(value);
    assertThat(line).doesNotContain("\n");
    assertThat(JsonParser.parse(line)).isEqualTo(value);
    assertThat(JsonParser.parse(JsonWriter.pretty(value))).isEqualTo(value);
  }

  @Provide
  Arbitrary<Json> values() {
    Arbitrary<Json> leaves =
        Arbitraries.oneOf(
            Arbitraries.strings().all().ofMaxLength(20).map(Json.Text::new),
            Arbitraries.longs().map(Json.Whole::new),
            Arbitraries.of(true, false).map(Json.JsonBoolean::new),
            Arbitraries.just(new Json.JsonNull()));
    return Arbitraries.recursive(
        () -> leaves,
        inner ->
            Arbitraries.oneOf(
                inner.list().ofMaxSize(4).map(Json.Array::new),
                Arbitraries.maps(Arbitraries.strings().all().ofMaxLength(5), inner)
                    .ofMaxSize(4)
                    .map(Json.JsonObject::new)),
        0,
        4);
  }

  @Property(tries = 2000)
  void garbageIsRefusedAndNothingElseHappens(@ForAll("garbage") String text) {
    try {
      assertThat(JsonWriter.compact(JsonParser.parse(text))).isNotEmpty();
    } catch (MalformedJsonException e) {
      assertThat(e).hasMessageStartingWith("not JSON at character ");
    }
  }

  @Provide
  Arbitrary<String> garbage() {
    return Arbitraries.strings()
        .withChars("{}[]\",:\\ 0123456789.eE+-truefalsn\u0000\n\u00e9")
        .ofMaxLength(40);
  }

  @Example
  void whatIsNotJsonIsRefused() {
    for (String text :
        List.of(
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "tru",
            "nul",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\u0001\"",
            "1 2",
            "[1] x",
            "{\"a\":1,\"a\":2}",
            "99999999999999999999",
            "NaN",
            "'a'",
            "-")) {
      assertThatThrownBy(() -> JsonParser.parse(text))
          .as(text)
          .isInstanceOf(MalformedJsonException.class);
    }
  }

  @Example
  void nestingHasALimit() {
    assertThatThrownBy(() -> JsonParser.parse("[".repeat(100_000)))
        .hasMessageContaining("nested too deeply");
  }

  @Example
  void escapesAreUnderstood() throws IOException {
    assertThat(JsonParser.parse("\"\\u0041\\n\\t\\\\\\/\\\"\\ud83d\\ude00\""))
        .isEqualTo(new Json.Text("A\n\t\\/\"\ud83d\ude00"));
  }

  @Example
  void whatATerminalWouldObeyIsEscaped() throws IOException {
    Json text = new Json.Text("a\u001b\u009b\u202e\u2028b\u00e9");
    String written = JsonWriter.compact(text);
    assertThat(written).isEqualTo("\"a\\u001b\\u009b\\u202e\\u2028b\u00e9\"");
    assertThat(JsonParser.parse(written)).isEqualTo(text);
  }

  @Example
  void whatIsMissingOrOfAnotherKindIsNamed() {
    Json.JsonObject value = Json.structure().put("a", 1).build();
    assertThatThrownBy(() -> value.text("b")).hasMessage("'b' is missing");
    assertThatThrownBy(() -> value.text("a")).hasMessage("'a' is not a string");
    assertThatThrownBy(() -> value.structure("a")).hasMessage("'a' is not an object");
  }
}
