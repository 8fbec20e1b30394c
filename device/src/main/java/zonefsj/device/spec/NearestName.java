// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the known name that is nearest to an unknown one. */
public final class NearestName {
  private NearestName() {}

  /** The known name with the least edit distance; of equal ones, the first in order. */
  public static Optional<String> of(String wrong, Collection<String> known) {
    return known.stream().min(Comparator.comparingInt(name -> distance(wrong, name)));
  }

  /** The nearest known name, if it is similar: about half of its letters are right. */
  public static Optional<String> similar(String wrong, Collection<String> known) {
    return of(wrong, known).filter(name -> distance(wrong, name) <= Math.max(2, name.length() / 2));
  }

  /** Returns {@code ": did you mean 'commit'?"}, or nothing if no known name is similar. */
  public static String suggestion(String wrong, Collection<String> known) {
    return similar(wrong, known).map(name -> ": did you mean '" + name + "'?").orElse("");
  }

  /**
   * Whether a word differs from a known name by typing errors only: at most one error in three
   * letters, and always one.
   */
  public static boolean isMistyped(String word, Collection<String> known) {
    return of(word, known)
        .filter(name -> distance(word, name) <= Math.max(1, name.length() / 3))
        .isPresent();
  }

  /**
   * Edit distance in which swapping two adjacent letters is one step (optimal string alignment).
   */
  static int distance(String first, String second) {
    String a = first.toLowerCase(Locale.ROOT);
    String b = second.toLowerCase(Locale.ROOT);
    int[] before = new int[b.length() + 1];
    int[] above = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(above[j - 1] + change, Math.min(above[j], row[j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], before[j - 2] + 1);
        }
      }
      int[] free = before;
      before = above;
      above = row;
      row = free;
    }
    return above[b.length()];
  }
}
