// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.util.Locale;

/** Something is wrong with the filesystem, in words. */
final class SoakFailure extends Exception {
  private static final long serialVersionUID = 1;

  SoakFailure(String words) {
    super(words);
  }

  SoakFailure(String words, Throwable cause) {
    super(words + ": " + cause, cause);
  }

  /** Fails in the words of a format if something does not hold. */
  static void unless(boolean holds, String format, Object... values) throws SoakFailure {
    if (!holds) {
      throw new SoakFailure(String.format(Locale.ROOT, format, values));
    }
  }
}
