// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.command;

import org.jspecify.annotations.Nullable;

/** Checks arguments that the parser guarantees to be present, which the compiler cannot know. */
public final class RequiredArgument {
  private RequiredArgument() {}

  /**
   * Returns an argument that is required.
   *
   * @throws IllegalStateException if it is missing, which is an error of the program
   */
  public static <T> T of(@Nullable T argument) {
    if (argument == null) {
      throw new IllegalStateException("the parser let a required argument pass");
    }
    return argument;
  }
}
