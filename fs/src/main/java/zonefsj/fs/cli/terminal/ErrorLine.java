package zonefsj.fs.cli.terminal;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** The one line that the user gets for a failure. */
public final class ErrorLine {
  private ErrorLine() {}

  /** The line, beginning with the name of the command, without a line end. */
  public static String of(String message) {
    return "zonefs-j: " + PlainLine.of(message.strip().replaceAll("\\s*\\R\\s*", "; "));
  }

  /** Words for a failure. */
  public static String words(Throwable failure) {
    if (failure instanceof FileSystemException fileFailure) {
      return words(fileFailure);
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

  /** The classes of java.nio say what is wrong by their names only. */
  private static String words(FileSystemException failure) {
    String file = failure.getFile() == null ? "a file" : failure.getFile();
    if (failure instanceof NoSuchFileException) {
      return file + ": no such file or directory";
    }
    if (failure instanceof AccessDeniedException) {
      return file + ": permission denied";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return file + ": exists already";
    }
    if (failure instanceof NotDirectoryException) {
      return file + ": not a directory";
    }
    if (failure instanceof DirectoryNotEmptyException) {
      return file + ": not empty";
    }
    String reason = failure.getReason();
    return file + ": " + (reason == null ? failure.getClass().getSimpleName() : reason);
  }
}
