// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import zonefsj.fs.HostException;

/** The one-line message for a failure. */
public final class ErrorLine {
  private ErrorLine() {}

  /** Formats the line: the name of the command first, no line end. */
  public static String of(String message) {
    return "zonefs-j: " + PlainLine.of(message.strip().replaceAll("\\s*\\R\\s*", "; "));
  }

  /** The message of a failure. */
  public static String words(Throwable failure) {
    if (failure instanceof FileSystemException fileFailure) {
      return HostException.words(fileFailure);
    }
    String message = failure.getMessage();
    if (failure instanceof FileNotFoundException && message != null) {
      return message;
    }
    if (failure instanceof IOException || failure.getClass().getName().startsWith("zonefsj.")) {
      return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }
    return "internal error, please report it: " + failure;
  }
}
