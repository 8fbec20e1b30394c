// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneType;
import zonefsj.device.spec.NearestName;
import zonefsj.fs.cli.options.OptionValues;
import zonefsj.fs.cli.options.UsageError;

/** Zone types and conditions that the user names, including names for groups of them. */
public final class ZoneWords {
  private static final Map<String, Set<ZoneType>> TYPES = new LinkedHashMap<>();
  private static final Map<String, Set<ZoneCondition>> CONDITIONS = new LinkedHashMap<>();

  static {
    for (ZoneType type : ZoneType.values()) {
      TYPES.put(OptionValues.word(type), EnumSet.of(type));
    }
    TYPES.put(
        "sequential", EnumSet.of(ZoneType.SEQUENTIAL_REQUIRED, ZoneType.SEQUENTIAL_PREFERRED));
    EnumSet<ZoneCondition> open = EnumSet.noneOf(ZoneCondition.class);
    EnumSet<ZoneCondition> active = EnumSet.noneOf(ZoneCondition.class);
    for (ZoneCondition condition : ZoneCondition.values()) {
      CONDITIONS.put(OptionValues.word(condition), EnumSet.of(condition));
      if (condition.isOpen()) {
        open.add(condition);
      }
      if (condition.isActive()) {
        active.add(condition);
      }
    }
    CONDITIONS.put("open", open);
    CONDITIONS.put("active", active);
  }

  private ZoneWords() {}

  /** The names of types, for the completion of a shell. */
  static final class Types implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.copyOf(TYPES.keySet()).iterator();
    }
  }

  /** The names of conditions, for the completion of a shell. */
  static final class Conditions implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.copyOf(CONDITIONS.keySet()).iterator();
    }
  }

  /**
   * Parses types.
   *
   * @param words names; none means all types
   */
  public static Set<ZoneType> types(List<String> words) throws UsageError {
    return words.isEmpty() ? EnumSet.allOf(ZoneType.class) : all("type", words, TYPES);
  }

  /**
   * Parses conditions.
   *
   * @param words names; none means all conditions
   */
  public static Set<ZoneCondition> conditions(List<String> words) throws UsageError {
    return words.isEmpty()
        ? EnumSet.allOf(ZoneCondition.class)
        : all("condition", words, CONDITIONS);
  }

  private static <E extends Enum<E>> Set<E> all(
      String what, List<String> words, Map<String, Set<E>> known) throws UsageError {
    List<E> values = new ArrayList<>();
    for (String word : words) {
      Set<E> meant = known.get(word);
      if (meant == null) {
        throw new UsageError(
            "zones have no "
                + what
                + " '"
                + word
                + "', the nearest is '"
                + NearestName.of(word, known.keySet()).orElseThrow()
                + "'; there are "
                + String.join(", ", known.keySet()));
      }
      values.addAll(meant);
    }
    return EnumSet.copyOf(values);
  }
}
