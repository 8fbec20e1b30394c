// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/**
 * A directory of the host failed: it is full, read-only, not permitted, not readable. It says
 * nothing about the drive, and must never be taken for damage of it.
 */
public final class HostException extends IOException {
  private static final long serialVersionUID = 1;

  /** The message of the C library for ENOSPC, which Java passes on. */
  private static final String NO_SPACE = "No space left on device";

  /** A failure in words that name the directory or file. */
  public HostException(String message) {
    super(message);
  }

  /** A failure in words that name the directory or file, and what led to it. */
  public HostException(String message, Throwable cause) {
    super(message, cause);
  }

  /** What is done on the host only. */
  @FunctionalInterface
  public interface Action<T> {
    /** Does it. */
    T run() throws IOException;
  }

  /** What is done on the host only, and gives nothing back. */
  @FunctionalInterface
  public interface Step {
    /** Does it. */
    void run() throws IOException;
  }

  /**
   * Does something that touches the host and not the drive.
   *
   * @param where the words that begin the message
   * @throws HostException for whatever goes wrong in it
   */
  public static <T> T at(Object where, Action<T> action) throws HostException {
    try {
      return action.run();
    } catch (HostException said) {
      throw said;
    } catch (IOException failed) {
      throw new HostException(where + ": " + words(failed), failed);
    }
  }

  /** As {@link #at}, for what gives nothing back. */
  public static void doAt(Object where, Step step) throws HostException {
    at(
        where,
        () -> {
          step.run();
          return Boolean.TRUE;
        });
  }

  /**
   * Words for a failure of the host's files; the classes of java.nio say it by their names only.
   */
  public static String words(IOException failure) {
    if (failure instanceof FileSystemException named) {
      String file = named.getFile() == null ? "a file" : named.getFile();
      return file + ": " + reason(named);
    }
    String message = failure.getMessage();
    return message == null || message.isBlank()
        ? failure.getClass().getSimpleName()
        : full(message);
  }

  private static String reason(FileSystemException failure) {
    if (failure instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return "exists already";
    }
    if (failure instanceof NotDirectoryException) {
      return "not a directory";
    }
    if (failure instanceof DirectoryNotEmptyException) {
      return "not empty";
    }
    @Nullable String reason = failure.getReason();
    return reason == null ? failure.getClass().getSimpleName() : full(reason);
  }

  /** "Device" would be taken for the zoned drive. */
  private static String full(String message) {
    return message.replace(NO_SPACE, "the host's filesystem is full");
  }
}
