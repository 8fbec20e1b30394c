// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A JSON value of RFC 8259. Immutable. */
public sealed interface Json {

  /** A string. */
  record Text(String value) implements Json {}

  /** A whole number. */
  record Whole(long value) implements Json {}

  /** Any other number. */
  record Real(double value) implements Json {}

  /** true or false. */
  record JsonBoolean(boolean value) implements Json {}

  /** null. */
  record JsonNull() implements Json {}

  /** An array. */
  record Array(List<Json> elements) implements Json {
    /** Keeps a copy. */
    public Array {
      elements = List.copyOf(elements);
    }

    /** An array of strings. */
    public static Array ofTexts(List<String> texts) {
      return new Array(texts.stream().<Json>map(Text::new).toList());
    }

    /** An array of what a list holds, each encoded. */
    public static <T> Array of(List<T> values, Function<T, Json> encoder) {
      return new Array(values.stream().map(encoder).toList());
    }
  }

  /** An object, with its members in order. */
  record JsonObject(Map<String, Json> members) implements Json {
    private static final Map<Class<?>, String> KINDS =
        Map.of(
            Text.class, "a string",
            Whole.class, "a whole number",
            Real.class, "a number",
            JsonBoolean.class, "true or false",
            JsonNull.class, "null",
            Array.class, "an array",
            JsonObject.class, "an object");

    /** Keeps a copy. */
    public JsonObject {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    /** Returns a string member. */
    public String text(String name) throws IOException {
      return member(name, Text.class).value();
    }

    /** Returns a whole-number member. */
    public long whole(String name) throws IOException {
      return member(name, Whole.class).value();
    }

    /** Returns a member that is any number. */
    public double number(String name) throws IOException {
      return members.get(name) instanceof Whole whole
          ? whole.value()
          : member(name, Real.class).value();
    }

    /** Returns a boolean member. */
    public boolean truth(String name) throws IOException {
      return member(name, JsonBoolean.class).value();
    }

    /** Returns a member that is an array of strings. */
    public List<String> texts(String name) throws IOException {
      List<String> texts = new ArrayList<>();
      for (Json element : member(name, Array.class).elements()) {
        if (!(element instanceof Text text)) {
          throw new MalformedJsonException("'" + name + "' holds something else than strings");
        }
        texts.add(text.value());
      }
      return texts;
    }

    /** Returns a member that is an array of objects. */
    public List<JsonObject> structures(String name) throws IOException {
      List<JsonObject> structures = new ArrayList<>();
      for (Json element : member(name, Array.class).elements()) {
        if (!(element instanceof JsonObject structure)) {
          throw new MalformedJsonException("'" + name + "' holds something else than objects");
        }
        structures.add(structure);
      }
      return structures;
    }

    /** Returns a member that is an object of strings. */
    public Map<String, String> textMap(String name) throws IOException {
      return map(name, Text.class, Text::value);
    }

    /** Returns a member that is an object of whole numbers. */
    public Map<String, Long> wholeMap(String name) throws IOException {
      return map(name, Whole.class, Whole::value);
    }

    /** Returns a member that is an object. */
    public JsonObject structure(String name) throws IOException {
      return member(name, JsonObject.class);
    }

    /** Whether a member of this name exists. */
    public boolean has(String name) {
      return members.containsKey(name);
    }

    private <J extends Json, T> Map<String, T> map(String name, Class<J> kind, Function<J, T> value)
        throws IOException {
      JsonObject inner = structure(name);
      Map<String, T> map = new LinkedHashMap<>();
      for (String key : inner.members().keySet()) {
        map.put(key, value.apply(inner.member(key, kind)));
      }
      return map;
    }

    private <J extends Json> J member(String name, Class<J> kind) throws IOException {
      Json value = members.get(name);
      if (value == null) {
        throw new MalformedJsonException("'" + name + "' is missing");
      }
      if (!kind.isInstance(value)) {
        throw new MalformedJsonException("'" + name + "' is not " + KINDS.get(kind));
      }
      return kind.cast(value);
    }
  }

  /** Starts an object. */
  static Builder structure() {
    return new Builder();
  }

  /** Collects the members of an object, in order. */
  final class Builder {
    private final Map<String, Json> members = new LinkedHashMap<>();

    private Builder() {}

    /** Adds a string. */
    public Builder put(String name, String value) {
      return put(name, new Text(value));
    }

    /** Adds a whole number. */
    public Builder put(String name, long value) {
      return put(name, new Whole(value));
    }

    /** Adds any number. */
    public Builder put(String name, double value) {
      return put(name, new Real(value));
    }

    /** Adds a boolean. */
    public Builder put(String name, boolean value) {
      return put(name, new JsonBoolean(value));
    }

    /** Adds a value. */
    public Builder put(String name, Json value) {
      members.put(name, value);
      return this;
    }

    /** The object. */
    public JsonObject build() {
      return new JsonObject(members);
    }
  }
}
