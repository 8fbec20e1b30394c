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
 * A directory of the host failed: it is full, read-only, not permitted or not readable. This says
 * nothing about the drive and must never be treated as damage of it.
 */
public class HostException extends IOException {
  private static final long serialVersionUID = 1;

  /** The message of the C library for ENOSPC, which Java passes on. */
  private static final String NO_SPACE = "No space left on device";

  /** The same for EDQUOT. */
  private static final String NO_QUOTA = "Disk quota exceeded";

  /** The words in every message about a lack of space. */
  private static final String FULL = "the host's filesystem is full";

  /** Creates the exception with a message that names the directory or file. */
  public HostException(String message) {
    super(message);
  }

  /** Creates the exception with a message that names the directory or file, and its cause. */
  public HostException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The exception for a lack of space. */
  public static HostException full(Object where, String details) {
    return new HostException(where + ": " + full(NO_SPACE) + details);
  }

  /**
   * Whether space or quota lacks on the host, so that a retry helps after something was deleted.
   */
  public final boolean isFull() {
    String message = getMessage();
    return message != null && (message.contains(FULL) || message.contains(NO_QUOTA));
  }

  /** An action that accesses only the host. */
  @FunctionalInterface
  public interface Action<T> {
    /** Runs the action. */
    T run() throws IOException;
  }

  /** An action that accesses only the host and returns nothing. */
  @FunctionalInterface
  public interface Step {
    /** Runs the action. */
    void run() throws IOException;
  }

  /**
   * Runs an action that accesses the host and not the drive.
   *
   * @param where the beginning of the message
   * @throws HostException for every failure of the action
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

  /** As {@link #at}, for an action that returns nothing. */
  public static void doAt(Object where, Step step) throws HostException {
    at(
        where,
        () -> {
          step.run();
          return Boolean.TRUE;
        });
  }

  /**
   * Describes a failure of the host's files; the exceptions of java.nio express the reason only by
   * their class.
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

  /** Replaces the message, because a reader would take "device" for the zoned drive. */
  private static String full(String message) {
    return message.replace(NO_SPACE, FULL);
  }
}
