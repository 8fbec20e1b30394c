// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import zonefsj.fs.VolumeOptions.GcPolicy;

/** What can be typed for a mount option, for the completion of a shell. */
public final class MountOptionWords {
  private static final List<String> AUTO = List.of("auto");

  /** The values of the options that have a few. */
  private static final Map<String, List<String>> CHOICES =
      Map.of(
          "gc_policy", Arrays.stream(GcPolicy.values()).map(OptionValues::word).toList(),
          "gc_start", AUTO,
          "gc_urgent", AUTO,
          "streams", AUTO,
          "max_active", AUTO,
          "errors", List.of("remount-ro", "continue"),
          "transport", Arrays.stream(TransportChoice.values()).map(TransportChoice::word).toList());

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
    List<Word> words = new ArrayList<>();
    for (String name : KnownOptions.candidates()) {
      words.add(
          new Word(
              name,
              needsValue(name) || VALUED_FOR_OTHERS.contains(name),
              Optional.ofNullable(CHOICES.get(name)).orElse(List.of())));
    }
    return words;
  }

  /** The options that a live mount can change by {@code zonefs-j set}. */
  public static List<Word> live() {
    return all().stream().filter(word -> GcOptionText.LIVE_NAMES.contains(word.name())).toList();
  }

  private static boolean needsValue(String name) {
    DaemonOptions.Effect effect = DaemonOptions.effectOf(name);
    if (effect == null) {
      return false;
    }
    try {
      effect.apply(new MountOptionDraft(), null);
      return false;
    } catch (UsageError lacksValue) {
      return true;
    }
  }
}
