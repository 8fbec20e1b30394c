// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What can be typed for a mount option, for the completion of a shell. */
public final class MountOptionWords {
  private static final Pattern WORD = Pattern.compile("[a-z0-9-]+");

  /** Options of other programs that are useless without a value. */
  private static final List<String> VALUED_FOR_OTHERS = List.of("comment", "uhelper");

  private MountOptionWords() {}

  /**
   * One option.
   *
   * @param name its name
   * @param valued whether it has a value
   * @param choices values to offer; there may be others, such as numbers
   */
  public record Word(String name, boolean valued, List<String> choices) {
    /** The name as it is typed, with the equals sign before a value. */
    public String typed() {
      return valued ? name + "=" : name;
    }

    /** Whether its value is a directory. */
    public boolean isDirectory() {
      return name.equals("meta");
    }
  }

  /** All options that are not refused, zonefs-j's own first. */
  public static List<Word> all() {
    Map<String, MountOption> options =
        MountOption.all().stream()
            .collect(Collectors.toMap(MountOption::name, Function.identity()));
    List<Word> words = new ArrayList<>();
    for (String name : KnownOptions.candidates()) {
      MountOption option = options.get(name);
      words.add(
          option == null
              ? new Word(name, VALUED_FOR_OTHERS.contains(name), List.of())
              : word(option));
    }
    return words;
  }

  /** The options that a live mount can change by {@code zonefs-j set}. */
  public static List<Word> live() {
    return MountOption.all().stream()
        .filter(MountOption::isLive)
        .map(MountOptionWords::word)
        .toList();
  }

  private static Word word(MountOption option) {
    List<String> choices =
        Arrays.stream(option.values().split("\\|"))
            .filter(value -> WORD.matcher(value).matches())
            .toList();
    return new Word(option.name(), !option.isFlag(), choices);
  }
}
