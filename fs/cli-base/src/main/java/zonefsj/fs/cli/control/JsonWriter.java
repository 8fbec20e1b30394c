// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.PrintStream;
import java.util.Iterator;
import java.util.Map;
import zonefsj.fs.PrintableName;

/** Writes JSON: on one line for the control socket, indented for people. */
public final class JsonWriter {
  private final StringBuilder out = new StringBuilder();
  private final boolean indented;

  private JsonWriter(boolean indented) {
    this.indented = indented;
  }

  /** Writes one line without a line end; a newline in a string is written as an escape. */
  public static String compact(Json value) {
    JsonWriter writer = new JsonWriter(false);
    writer.value(value, 0);
    return writer.out.toString();
  }

  /** Writes several lines, for {@code --json}. */
  public static String pretty(Json value) {
    JsonWriter writer = new JsonWriter(true);
    writer.value(value, 0);
    return writer.out.toString();
  }

  /**
   * Writes an array of many values in the form of {@link #pretty}. It takes and prints one value at
   * a time.
   */
  public static void prettyArray(Iterator<Json> values, PrintStream out) {
    String separator = "[";
    String end = "[]";
    while (values.hasNext()) {
      JsonWriter writer = new JsonWriter(true);
      writer.newLine(1);
      writer.value(values.next(), 1);
      out.print(separator + writer.out);
      separator = ",";
      end = "\n]";
    }
    out.println(end);
  }

  private void value(Json value, int depth) {
    if (value instanceof Json.Text text) {
      string(text.value());
    } else if (value instanceof Json.Whole whole) {
      out.append(whole.value());
    } else if (value instanceof Json.Real real) {
      // JSON has no infinity and no NaN.
      out.append(Double.isFinite(real.value()) ? Double.toString(real.value()) : "null");
    } else if (value instanceof Json.JsonBoolean truth) {
      out.append(truth.value());
    } else if (value instanceof Json.Array array) {
      array(array, depth);
    } else if (value instanceof Json.JsonObject structure) {
      structure(structure, depth);
    } else {
      out.append("null");
    }
  }

  private void array(Json.Array array, int depth) {
    String separator = "";
    out.append('[');
    for (Json element : array.elements()) {
      out.append(separator);
      newLine(depth + 1);
      value(element, depth + 1);
      separator = ",";
    }
    if (!array.elements().isEmpty()) {
      newLine(depth);
    }
    out.append(']');
  }

  private void structure(Json.JsonObject structure, int depth) {
    String separator = "";
    out.append('{');
    for (Map.Entry<String, Json> member : structure.members().entrySet()) {
      out.append(separator);
      newLine(depth + 1);
      string(member.getKey());
      out.append(indented ? ": " : ":");
      value(member.getValue(), depth + 1);
      separator = ",";
    }
    if (!structure.members().isEmpty()) {
      newLine(depth);
    }
    out.append('}');
  }

  private void newLine(int depth) {
    if (indented) {
      out.append('\n').append("  ".repeat(depth));
    }
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      switch (unit) {
        case '"', '\\' -> out.append('\\').append(unit);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          // Lone surrogates have no UTF-8 form and would be lost in transfer.
          // A terminal must not interpret control characters.
          if (PrintableName.isControl(unit) || isLoneSurrogate(text, i)) {
            out.append(String.format("\\u%04x", (int) unit));
          } else {
            out.append(unit);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean isLoneSurrogate(String text, int i) {
    char unit = text.charAt(i);
    if (Character.isHighSurrogate(unit)) {
      return i + 1 >= text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
    }
    return Character.isLowSurrogate(unit)
        && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
  }
}
