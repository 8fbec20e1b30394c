// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

/** What a run demands of a stack. */
final class Demands {
  private Demands() {}

  /**
   * @throws AssertionError with these words if the condition is not met
   */
  static void that(boolean condition, String words) {
    if (!condition) {
      throw new AssertionError(words);
    }
  }
}
