// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Parses SPECs by the grammar of {@link DeviceSpec}. Stateless and thread-safe. */
final class SpecParser {
  /** The kind of a text that names no kind. */
  static final String PATH_KIND = "path";

  /** Far more than anybody needs; a parser that calls itself needs a limit. */
  private static final int MAX_DEPTH = 32;

  private static final Pattern KIND = Pattern.compile("([a-z][a-z0-9+-]*)([:(])", Pattern.DOTALL);
  private static final Pattern OPTION = Pattern.compile("([a-z][a-z0-9-]*)=(.*)", Pattern.DOTALL);
  private static final Pattern OPTION_AFTER_COMMA = Pattern.compile(",[a-z][a-z0-9-]*=");

  private SpecParser() {}

  static DeviceSpec parse(String text) throws DeviceSpecException {
    if (text.isBlank()) {
      throw new DeviceSpecException("no drive is given; give a block device, an image or a SPEC");
    }
    return new Source(text, 0).parse(new SpecWord(text, 1));
  }

  /** Whether a text would be taken for an option. */
  static boolean isOption(String text) {
    return OPTION.matcher(text).matches();
  }

  /** The name of a kind that a text begins with, known or not. */
  static Optional<String> kindName(String text) {
    Matcher kind = KIND.matcher(text);
    return kind.lookingAt() ? Optional.of(kind.group(1)) : Optional.empty();
  }

  /** The tag that a text begins with. */
  static Optional<DeviceLookup.Tag> tag(String text) {
    return Arrays.stream(DeviceLookup.Tag.values())
        .filter(tag -> text.startsWith(tag + "="))
        .findFirst();
  }

  /** Whether a text without quotation marks would be taken for a drive that is no path. */
  static boolean isDrive(String text) {
    return tag(text).isPresent() || kindName(text).flatMap(DeviceKinds::find).isPresent();
  }

  /** A whole SPEC, for messages. */
  record Source(String whole, int depth) {
    DeviceSpec parse(SpecWord word) throws DeviceSpecException {
      if (depth > MAX_DEPTH) {
        throw refuse("kinds within kinds are more than " + MAX_DEPTH + " deep", word.column());
      }
      String text = word.text();
      Optional<DeviceLookup.Tag> tag = tag(text);
      if (tag.isPresent()) {
        int value = text.indexOf('=') + 1;
        return TaggedSpec.of(tag.orElseThrow(), unquoted(at(word, value)).text());
      }
      Matcher start = KIND.matcher(text);
      if (!start.lookingAt()) {
        return path(word);
      }
      String name = start.group(1);
      Optional<DeviceKind> kind = DeviceKinds.find(name);
      if (kind.isEmpty()) {
        if (depth == 0) {
          // A path may look like this; whether it is one, shows when it is opened.
          return path(word);
        }
        throw refuse(DeviceKinds.unknown(name), word.column());
      }
      boolean inParentheses = start.group(2).equals("(");
      SpecWord rest = at(word, start.end());
      SpecArguments arguments =
          new SpecArguments(
              this,
              kind.orElseThrow(),
              word.column(),
              inParentheses ? inParentheses(rest) : afterColon(kind.orElseThrow(), rest));
      DeviceSpec parsed = kind.orElseThrow().parse(arguments);
      arguments.checkEnd();
      return parsed;
    }

    private DeviceSpec path(SpecWord word) throws DeviceSpecException {
      DeviceKind kind =
          DeviceKinds.find(PATH_KIND)
              .orElseThrow(() -> new IllegalStateException("the kind of paths is not installed"));
      return kind.parse(
          new SpecArguments(this, kind, word.column(), List.of(Argument.word(unquoted(word)))));
    }

    private List<Argument> afterColon(DeviceKind kind, SpecWord rest) throws DeviceSpecException {
      switch (kind.form()) {
        case PARENTHESES ->
            throw refuse(
                "'" + kind.name() + "' needs parentheses: " + kind.syntax(), rest.column());
        case WORD -> {
          return List.of(Argument.word(unquoted(rest)));
        }
        case SPEC -> {
          return List.of(Argument.any(rest));
        }
        case OPTIONS -> {
          return rest.text().isBlank() ? List.of() : split(rest);
        }
        case WORD_AND_OPTIONS -> {}
      }
      Matcher options = OPTION_AFTER_COMMA.matcher(rest.text());
      int end = options.find(quotedLength(rest.text())) ? options.start() : rest.text().length();
      List<Argument> arguments = new ArrayList<>();
      arguments.add(
          Argument.word(unquoted(new SpecWord(rest.text().substring(0, end), rest.column()))));
      if (end < rest.text().length()) {
        arguments.addAll(split(at(rest, end + 1)));
      }
      return arguments;
    }

    /** Length of what stands in quotation marks at the begin of a text, with its marks. */
    private static int quotedLength(String text) {
      int end = text.startsWith("\"") ? 1 : 0;
      while (end > 0 && end < text.length() && text.charAt(end) != '"') {
        end += text.charAt(end) == '\\' ? 2 : 1;
      }
      return Math.min(end, text.length());
    }

    private List<Argument> inParentheses(SpecWord rest) throws DeviceSpecException {
      int close = closing(rest);
      if (close != rest.text().length() - 1) {
        throw refuse("nothing may follow ')'", rest.column() + close + 1);
      }
      SpecWord inner = new SpecWord(rest.text().substring(0, close), rest.column());
      return inner.text().isBlank() ? List.of() : split(inner);
    }

    /** Index of the parenthesis that closes the one before a word. */
    private int closing(SpecWord word) throws DeviceSpecException {
      Scan scan = new Scan(word);
      for (int at = scan.next(); at >= 0; at = scan.next()) {
        if (word.text().charAt(at) == ')' && scan.depth < 0) {
          return at;
        }
      }
      throw refuse("')' is missing", word.column() + word.text().length());
    }

    private List<Argument> split(SpecWord word) throws DeviceSpecException {
      List<Argument> arguments = new ArrayList<>();
      Scan scan = new Scan(word);
      int from = 0;
      for (int at = scan.next(); at >= 0; at = scan.next()) {
        if (scan.depth < 0) {
          throw refuse("')' closes nothing", word.column() + at);
        }
        if (word.text().charAt(at) == ',' && scan.depth == 0) {
          arguments.add(argument(word, from, at));
          from = at + 1;
        }
      }
      if (scan.depth > 0) {
        throw refuse("')' is missing", word.column() + word.text().length());
      }
      arguments.add(argument(word, from, word.text().length()));
      return arguments;
    }

    private Argument argument(SpecWord whole, int from, int to) throws DeviceSpecException {
      SpecWord word =
          stripped(new SpecWord(whole.text().substring(from, to), whole.column() + from));
      if (word.text().isEmpty()) {
        throw refuse("an argument is missing", word.column());
      }
      Matcher option = OPTION.matcher(word.text());
      return option.matches()
          ? new Argument(option.group(1), unquoted(at(word, option.start(2))), word.column())
          : Argument.any(word);
    }

    /** Takes the quotation marks from a word that has them around it. */
    SpecWord unquoted(SpecWord word) throws DeviceSpecException {
      String text = word.text();
      if (text.isEmpty() || text.charAt(0) != '"') {
        return word;
      }
      StringBuilder plain = new StringBuilder();
      for (int at = 1; at < text.length(); at++) {
        char c = text.charAt(at);
        if (c == '"') {
          if (at < text.length() - 1) {
            throw refuse("nothing may follow a closing quotation mark", word.column() + at + 1);
          }
          return new SpecWord(plain.toString(), word.column());
        }
        if (c == '\\' && at + 1 < text.length()) {
          at++;
          c = text.charAt(at);
        }
        plain.append(c);
      }
      throw refuse("a quotation mark is not closed", word.column());
    }

    DeviceSpecException refuse(String why, int column) {
      return refuse(why, column, null);
    }

    DeviceSpecException refuse(String why, int column, @Nullable Throwable cause) {
      int suggestion = why.indexOf("; ");
      String place = " at column " + column;
      return new DeviceSpecException(
          whole
              + ": "
              + (suggestion < 0
                  ? why + place
                  : why.substring(0, suggestion) + place + why.substring(suggestion)),
          cause);
    }

    Source deeper() {
      return new Source(whole, depth + 1);
    }
  }

  private static SpecWord at(SpecWord word, int offset) {
    return new SpecWord(word.text().substring(offset), word.column() + offset);
  }

  private static SpecWord stripped(SpecWord word) {
    String leading = word.text().stripLeading();
    return new SpecWord(
        leading.stripTrailing(), word.column() + word.text().length() - leading.length());
  }

  /**
   * One argument.
   *
   * @param name of an option; null for others
   * @param word its text; that of an argument without a name may be a SPEC
   * @param column where it begins
   */
  record Argument(@Nullable String name, SpecWord word, int column) {
    static Argument any(SpecWord word) {
      return new Argument(null, word, word.column());
    }

    /** A word that is not unquoted again: quotation marks in it are its own. */
    static Argument word(SpecWord plain) {
      return new Argument(
          null, new SpecWord(requote(plain.text()), plain.column()), plain.column());
    }

    private static String requote(String text) {
      return text.startsWith("\"") ? SpecWord.quoted(text) : text;
    }
  }

  /** Finds the commas and parentheses that are not in quotation marks. */
  private static final class Scan {
    private final String text;
    private int at = -1;
    private boolean isQuoted;

    /** Open parentheses after the character that was found. */
    private int depth;

    Scan(SpecWord word) {
      this.text = word.text();
    }

    /** The next of them; -1 at the end. */
    int next() {
      while (++at < text.length()) {
        char c = text.charAt(at);
        if (c == '"') {
          isQuoted = !isQuoted;
        } else if (isQuoted) {
          at += c == '\\' ? 1 : 0;
        } else if (c == '(' || c == ')') {
          depth += c == '(' ? 1 : -1;
          return at;
        } else if (c == ',') {
          return at;
        }
      }
      return -1;
    }
  }

  /** Parses a UUID; refuses what Java takes in other forms. */
  static String uuid(String text) throws DeviceSpecException {
    try {
      UUID uuid = UUID.fromString(text);
      if (uuid.toString().equalsIgnoreCase(text)) {
        return uuid.toString();
      }
    } catch (IllegalArgumentException e) {
      throw notUuid(text, e);
    }
    throw notUuid(text, null);
  }

  private static DeviceSpecException notUuid(String text, @Nullable Throwable cause) {
    return new DeviceSpecException(
        "'" + text + "' is not a UUID; it looks like 01234567-89ab-cdef-0123-456789abcdef", cause);
  }
}
