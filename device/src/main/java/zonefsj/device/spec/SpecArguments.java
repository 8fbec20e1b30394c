// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ByteSize;
import zonefsj.device.spec.SpecParser.Argument;
import zonefsj.device.spec.SpecParser.Source;

/**
 * What was written between the parentheses of a kind, or after its colon: {@link DeviceKind#parse}
 * takes one after the other. Options may stand anywhere. Not thread-safe.
 */
public final class SpecArguments {
  private final Source source;
  private final DeviceKind kind;
  private final int column;
  private final Deque<SpecWord> positional = new ArrayDeque<>();
  private final Map<String, Argument> options = new LinkedHashMap<>();
  private final TreeSet<String> asked = new TreeSet<>();
  private @Nullable Argument repeated;

  SpecArguments(Source source, DeviceKind kind, int column, List<Argument> arguments) {
    this.source = source;
    this.kind = kind;
    this.column = column;
    for (Argument argument : arguments) {
      if (argument.name() == null) {
        positional.add(argument.word());
      } else if (options.putIfAbsent(argument.name(), argument) != null) {
        repeated = argument;
      }
    }
  }

  /**
   * Takes the next argument as text.
   *
   * @param what it is, for the message if it is missing
   */
  public SpecWord word(String what) throws DeviceSpecException {
    return source.unquoted(take(what));
  }

  /**
   * Takes the next argument as a path.
   *
   * @param what it is, for the message if it is missing
   */
  public Path path(String what) throws DeviceSpecException {
    SpecWord word = word(what);
    if (word.text().isEmpty()) {
      throw refuse(word, what + " is missing");
    }
    try {
      return Path.of(word.text());
    } catch (InvalidPathException e) {
      throw source.refuse(
          "'" + word.text() + "' is not a path: " + e.getReason(), word.column(), e);
    }
  }

  /** Whether the next argument is a drive that is no path. */
  public boolean isDrive() {
    SpecWord word = positional.peek();
    return word != null && SpecParser.isDrive(word.text());
  }

  /**
   * Takes the next argument as the path of a file, where a drive cannot stand. A file whose name
   * looks like a drive stands in quotation marks.
   *
   * @param what it is, for the message if it is missing
   */
  public Path file(String what) throws DeviceSpecException {
    SpecWord word = positional.peek();
    if (word != null && SpecParser.isDrive(word.text())) {
      throw refuse(
          word,
          "'"
              + word.text()
              + "' is a drive, but '"
              + kind.name()
              + "' needs "
              + what
              + "; give its path, in quotation marks if a file really has that name");
    }
    return path(what);
  }

  /**
   * Takes the next argument as a size in bytes, like {@code 16M}.
   *
   * @param what it is, for the message if it is missing
   */
  public long size(String what) throws DeviceSpecException {
    return size(word(what));
  }

  /**
   * Takes the next argument as a drive.
   *
   * @param what it is, for the message if it is missing
   */
  public DeviceSpec spec(String what) throws DeviceSpecException {
    return source.deeper().parse(take(what));
  }

  /**
   * Takes all arguments that are left as drives.
   *
   * @param atLeast refuses fewer
   */
  public List<DeviceSpec> specs(int atLeast) throws DeviceSpecException {
    List<DeviceSpec> specs = new ArrayList<>();
    while (!positional.isEmpty()) {
      specs.add(spec("a drive"));
    }
    if (specs.size() < atLeast) {
      throw source.refuse(
          "'" + kind.name() + "' needs at least " + atLeast + " drives: " + kind.syntax(), column);
    }
    return specs;
  }

  /**
   * Takes a word that is an option without a value, wherever it stands; in quotation marks it is
   * none.
   */
  public boolean flag(String name) {
    return positional.removeIf(word -> word.text().equals(name));
  }

  /** Whether another argument without a name is left. */
  public boolean hasNext() {
    return !positional.isEmpty();
  }

  /**
   * Lets an option be given by a short name, too. Called before the option is asked for.
   *
   * @throws DeviceSpecException if it is given by both names
   */
  public void allowShort(String shortName, String name) throws DeviceSpecException {
    Argument given = options.remove(shortName);
    if (given != null && options.putIfAbsent(name, given) != null) {
      throw source.refuse(
          "'" + shortName + "' and '" + name + "' are the same option", given.column());
    }
  }

  /** The value of an option, if it is given. */
  public Optional<SpecWord> option(String name) {
    asked.add(name);
    return Optional.ofNullable(options.get(name)).map(Argument::word);
  }

  /** The value of an option that is a size in bytes, if it is given. */
  public Optional<Long> sizeOption(String name) throws DeviceSpecException {
    Optional<SpecWord> word = option(name);
    return word.isPresent() ? Optional.of(size(word.orElseThrow())) : Optional.empty();
  }

  /** The value of an option that is a whole number, if it is given. */
  public OptionalInt numberOption(String name) throws DeviceSpecException {
    Optional<SpecWord> word = option(name);
    return word.isPresent()
        ? OptionalInt.of(number(name, word.orElseThrow()))
        : OptionalInt.empty();
  }

  /** The value of an option that is a whole number, or empty for {@code none}, if it is given. */
  public Optional<OptionalInt> limitOption(String name) throws DeviceSpecException {
    Optional<SpecWord> word = option(name);
    if (word.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        word.orElseThrow().text().equals("none")
            ? OptionalInt.empty()
            : OptionalInt.of(number(name, word.orElseThrow())));
  }

  /** A refusal that points at a word. */
  public DeviceSpecException refuse(SpecWord word, String why) {
    return source.refuse(why, word.column());
  }

  /** A refusal that points at the kind. */
  public DeviceSpecException refuse(String why, Throwable cause) {
    return source.refuse(why, column, cause);
  }

  /** Refuses arguments that nobody took. */
  void checkEnd() throws DeviceSpecException {
    if (repeated != null) {
      throw source.refuse("'" + repeated.name() + "' is given twice", repeated.column());
    }
    for (Map.Entry<String, Argument> option : options.entrySet()) {
      if (!asked.contains(option.getKey())) {
        throw source.refuse(unknownOption(option.getKey()), option.getValue().column());
      }
    }
    if (!positional.isEmpty()) {
      throw source.refuse(
          "'" + positional.element().text() + "' is too much: " + kind.syntax(),
          positional.element().column());
    }
  }

  private String unknownOption(String name) {
    if (asked.isEmpty()) {
      return "'" + kind.name() + "' has no options, so '" + name + "=' means nothing";
    }
    return "'"
        + name
        + "' is not an option of '"
        + kind.name()
        + "', which has "
        + String.join(", ", asked)
        + (NearestName.isMistyped(name, asked)
            ? "; did you mean '" + NearestName.of(name, asked).orElseThrow() + "'?"
            : "");
  }

  private SpecWord take(String what) throws DeviceSpecException {
    SpecWord next = positional.poll();
    if (next == null) {
      throw source.refuse(what + " is missing: " + kind.syntax(), column);
    }
    return next;
  }

  private long size(SpecWord word) throws DeviceSpecException {
    try {
      return ByteSize.parse(word.text());
    } catch (IllegalArgumentException e) {
      throw source.refuse(String.valueOf(e.getMessage()), word.column(), e);
    }
  }

  private int number(String name, SpecWord word) throws DeviceSpecException {
    try {
      return Integer.parseInt(word.text());
    } catch (NumberFormatException e) {
      throw source.refuse(
          name + " needs a whole number, not '" + word.text() + "'", word.column(), e);
    }
  }
}
