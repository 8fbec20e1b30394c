// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;

/**
 * The words for what a zone serves (its role) and for what the volume may do with it (its
 * condition), counted from 0. To number a zone allocates nothing.
 */
final class ZoneWords {
  /** All roles: streams and states. */
  static final List<String> ROLES =
      List.of(
          "free",
          "superblock",
          "journal",
          "checkpoint",
          "hot",
          "cold",
          "gc",
          "conventional",
          "read-only",
          "offline",
          "too short",
          "unknown");

  /**
   * All conditions, in words like those of zoned drives: what the volume may do with a zone, which
   * can differ from the condition that the drive reports.
   */
  static final List<String> CONDITIONS =
      List.of("empty", "active", "full", "changing", "read-only", "offline", "conventional");

  private static final Map<Use, Integer> CONDITION_OF_USE = new EnumMap<>(Use.class);

  /** For uses of which the stream says more. */
  private static final Map<ZoneStream, Integer> ROLE_OF_STREAM = new EnumMap<>(ZoneStream.class);

  private static final Map<Use, Integer> ROLE_OF_USE = new EnumMap<>(Use.class);

  static {
    for (Use use : Use.values()) {
      CONDITION_OF_USE.put(use, CONDITIONS.indexOf(condition(use)));
      ROLE_OF_USE.put(use, ROLES.indexOf(role(use)));
    }
    for (ZoneStream stream : ZoneStream.values()) {
      ROLE_OF_STREAM.put(stream, ROLES.indexOf(of(stream)));
    }
  }

  private ZoneWords() {}

  /** The role of a zone, by its place in {@link #ROLES}. */
  static int roleOf(ZoneState zone) {
    ZoneStream stream = zone.stream();
    return switch (zone.use()) {
      case FREE, READ_ONLY, OFFLINE, TOO_SHORT -> numberOf(zone.use(), ROLE_OF_USE);
      case CONVENTIONAL, HANDLE, PARTIAL, FILLED, CHANGING ->
          stream == null ? numberOf(zone.use(), ROLE_OF_USE) : numberOf(stream, ROLE_OF_STREAM);
    };
  }

  /** The condition of a zone, by its place in {@link #CONDITIONS}. */
  static int conditionOf(ZoneState zone) {
    return numberOf(zone.use(), CONDITION_OF_USE);
  }

  /** The word for a stream. */
  static String of(ZoneStream stream) {
    return stream.name().toLowerCase(Locale.ROOT);
  }

  private static <K> int numberOf(K key, Map<K, Integer> numbers) {
    return Objects.requireNonNull(numbers.get(key));
  }

  /** The role of a zone without a stream. */
  private static String role(Use use) {
    return switch (use) {
      case FREE -> "free";
      case READ_ONLY -> "read-only";
      case OFFLINE -> "offline";
      case CONVENTIONAL -> "conventional";
      case TOO_SHORT -> "too short";
      case HANDLE, PARTIAL, FILLED, CHANGING -> "unknown";
    };
  }

  private static String condition(Use use) {
    return switch (use) {
      case FREE -> "empty";
      case HANDLE, PARTIAL -> "active";
      case FILLED, TOO_SHORT -> "full";
      case CHANGING -> "changing";
      case READ_ONLY -> "read-only";
      case OFFLINE -> "offline";
      case CONVENTIONAL -> "conventional";
    };
  }

  /** Counts zones by role and condition. Single-threaded. */
  static final class Census {
    private final int[] roles = new int[ROLES.size()];
    private final int[] conditions = new int[CONDITIONS.size()];

    void add(ZoneState zone) {
      roles[roleOf(zone)]++;
      conditions[conditionOf(zone)]++;
    }

    /** Number of zones by role, of all roles. */
    Map<String, Integer> roles() {
      return byWord(ROLES, roles);
    }

    /** Number of zones by condition, of all conditions. */
    Map<String, Integer> conditions() {
      return byWord(CONDITIONS, conditions);
    }

    private static Map<String, Integer> byWord(List<String> words, int[] numbers) {
      Map<String, Integer> byWord = new TreeMap<>();
      for (int at = 0; at < numbers.length; at++) {
        byWord.put(words.get(at), numbers[at]);
      }
      return byWord;
    }
  }
}
