// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A strict parser for RFC 8259. Parses one text and is used once. */
public final class JsonParser {
  // The parser recurses for nested values; deep input must not overflow the stack.
  private static final int MAX_DEPTH = 32;

  private final String text;
  private int at;

  private JsonParser(String text) {
    this.text = text;
  }

  /** Parses one value. Only white space may surround it. */
  public static Json parse(String text) throws MalformedJsonException {
    JsonParser parser = new JsonParser(text);
    Json value = parser.value(0);
    parser.skipSpace();
    if (parser.at < text.length()) {
      throw parser.malformed("something follows the value");
    }
    return value;
  }

  private Json value(int depth) throws MalformedJsonException {
    if (depth > MAX_DEPTH) {
      throw malformed("nested too deeply");
    }
    skipSpace();
    char next = peek();
    return switch (next) {
      case '{' -> structure(depth);
      case '[' -> array(depth);
      case '"' -> new Json.Text(string());
      case 't' -> word("true", new Json.JsonBoolean(true));
      case 'f' -> word("false", new Json.JsonBoolean(false));
      case 'n' -> word("null", new Json.JsonNull());
      default -> number();
    };
  }

  private Json structure(int depth) throws MalformedJsonException {
    Map<String, Json> members = new LinkedHashMap<>();
    at++;
    skipSpace();
    if (peek() == '}') {
      at++;
      return new Json.JsonObject(members);
    }
    while (true) {
      skipSpace();
      if (peek() != '"') {
        throw malformed("a name in quotes was expected");
      }
      String name = string();
      skipSpace();
      expect(':');
      if (members.put(name, value(depth + 1)) != null) {
        throw malformed("'" + name + "' is there twice");
      }
      skipSpace();
      if (peek() == '}') {
        at++;
        return new Json.JsonObject(members);
      }
      expect(',');
    }
  }

  private Json array(int depth) throws MalformedJsonException {
    List<Json> elements = new ArrayList<>();
    at++;
    skipSpace();
    if (peek() == ']') {
      at++;
      return new Json.Array(elements);
    }
    while (true) {
      elements.add(value(depth + 1));
      skipSpace();
      if (peek() == ']') {
        at++;
        return new Json.Array(elements);
      }
      expect(',');
    }
  }

  private String string() throws MalformedJsonException {
    StringBuilder value = new StringBuilder();
    at++;
    while (true) {
      char next = peek();
      at++;
      if (next == '"') {
        return value.toString();
      }
      if (next < ' ') {
        throw malformed("a control character in a string");
      }
      value.append(next == '\\' ? escape() : next);
    }
  }

  private char escape() throws MalformedJsonException {
    char next = peek();
    at++;
    return switch (next) {
      case '"', '\\', '/' -> next;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
          int digit = Character.digit(peek(), 16);
          if (digit < 0) {
            throw malformed("four hexadecimal digits were expected");
          }
          unit = unit * 16 + digit;
          at++;
        }
        yield (char) unit;
      }
      default -> throw malformed("an unknown escape");
    };
  }

  private Json number() throws MalformedJsonException {
    int from = at;
    while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    String digits = text.substring(from, at);
    if (!digits.matches("-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,4})?")) {
      at = from;
      throw malformed("not a value");
    }
    if (digits.matches("-?[0-9]+")) {
      try {
        return new Json.Whole(Long.parseLong(digits));
      } catch (NumberFormatException e) {
        throw malformed("a number too large");
      }
    }
    return new Json.Real(Double.parseDouble(digits));
  }

  private Json word(String word, Json value) throws MalformedJsonException {
    if (!text.startsWith(word, at)) {
      throw malformed("not a value");
    }
    at += word.length();
    return value;
  }

  private void expect(char wanted) throws MalformedJsonException {
    if (peek() != wanted) {
      throw malformed("'" + wanted + "' was expected");
    }
    at++;
  }

  private char peek() throws MalformedJsonException {
    if (at >= text.length()) {
      throw malformed("the text ends too early");
    }
    return text.charAt(at);
  }

  private void skipSpace() {
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private MalformedJsonException malformed(String what) {
    return new MalformedJsonException("not JSON at character " + at + ": " + what);
  }
}
