// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;

/**
 * The workload of the tests of single faults and of pairs: a few files that are written, truncated
 * and written again, each with an fsync, beside checkpoints, collections and what rewrites files in
 * their order. Remembers what was acknowledged, and what the application saw.
 */
final class RewrittenFiles {
  private static final int ROUNDS = 32;
  private static final int FILES = 5;

  private final Map<String, byte[]> content = new HashMap<>();
  private final Map<String, byte[]> acknowledged = new HashMap<>();
  private @Nullable Exception error;

  private RewrittenFiles() {}

  /** Plays it, up to its end or the first error. */
  static RewrittenFiles on(FaultyVolume drive) {
    RewrittenFiles files = new RewrittenFiles();
    try {
      for (int round = 0; round < ROUNDS; round++) {
        files.play(drive, round);
      }
    } catch (ErrnoException | IOException failed) {
      files.error = failed;
    }
    return files;
  }

  private void play(FaultyVolume drive, int round) throws ErrnoException, IOException {
    String path = "file" + round % FILES;
    int length = round % 3 == 0 ? 9_000 : 50_000 + round * 1_000;
    byte[] bytes = FaultyVolume.random(round, length);
    if (drive.exists(path)) {
      drive.truncate(path, 0);
      content.put(path, new byte[0]);
    }
    drive.write(path, 0, bytes);
    content.put(path, bytes);
    drive.fsync(path);
    acknowledged.putAll(content);
    if (round % 5 == 4) {
      drive.volume().checkpoint();
    }
    if (round % 8 == 7) {
      drive.volume().runGc(ProgressListener.NONE);
    }
    if (round % 16 == 12) {
      drive.volume().defragment(() -> true, ProgressListener.NONE);
    }
  }

  /** What the application saw, null if nothing. */
  @Nullable Exception error() {
    return error;
  }

  /** What the files hold as far as the application knows. */
  Map<String, byte[]> content() {
    return content;
  }

  /** The same as of the last fsync that succeeded. */
  Map<String, byte[]> acknowledged() {
    return acknowledged;
  }

  /**
   * Compares what was acknowledged with what a drive has.
   *
   * @param mayLose whether EIO is an answer
   * @return what is wrong, or null
   */
  @Nullable String compareWith(FaultyVolume drive, boolean mayLose)
      throws ErrnoException, IOException {
    for (Map.Entry<String, byte[]> file : acknowledged.entrySet()) {
      try {
        byte[] found = drive.read(file.getKey());
        if (!Arrays.equals(found, file.getValue())) {
          return file.getKey() + " is not what was written";
        }
      } catch (ErrnoException refused) {
        if (!mayLose || refused.errno() != Errno.EIO) {
          return file.getKey() + ": " + refused.getMessage();
        }
      }
    }
    return null;
  }

  /** Where something was thrown, in a few lines. */
  static String stack(@Nullable Exception failed) {
    StringBuilder words = new StringBuilder();
    StackTraceElement[] frames = failed == null ? new StackTraceElement[0] : failed.getStackTrace();
    for (int frame = 0; frame < Math.min(12, frames.length); frame++) {
      words.append("\n    ").append(frames[frame]);
    }
    return words.toString();
  }
}
