// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.command;

import org.jspecify.annotations.Nullable;

/** Arguments that the parser has made sure of, although the compiler cannot know. */
public final class Given {
  private Given() {}

  public static <T> T of(@Nullable T argument) {
    if (argument == null) {
      throw new IllegalStateException("the parser let a required argument pass");
    }
    return argument;
  }
}
