// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells whether a process is running. */
public final class RunningProcess {
  private RunningProcess() {}

  /**
   * Whether a process is running. A zombie, which has ended but was not waited for, is not: it
   * holds no lock and no file any more. A process of which only the first thread has ended is still
   * running.
   */
  public static boolean isRunning(long pid) {
    Path process = Path.of("/proc", Long.toString(pid));
    try {
      char state = state(process);
      return "ZX".indexOf(state) < 0 || threads(process) > 1;
    } catch (IOException | DirectoryIteratorException e) {
      // No such process.
      return false;
    }
  }

  /** Whether a signal, or a debugger, keeps a process from running. */
  public static boolean isStopped(long pid) {
    try {
      return "Tt".indexOf(state(Path.of("/proc", Long.toString(pid)))) >= 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** The letter of the state; a blank if the kernel shows none. */
  private static char state(Path process) throws IOException {
    String stat =
        new String(Files.readAllBytes(process.resolve("stat")), StandardCharsets.ISO_8859_1);
    // The name before the state is in parentheses and can contain any character.
    int state = stat.lastIndexOf(')') + 2;
    return state < stat.length() ? stat.charAt(state) : ' ';
  }

  private static int threads(Path process) throws IOException {
    int count = 0;
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(process.resolve("task"))) {
      for (Path task : tasks) {
        count += Files.exists(task) ? 1 : 0;
      }
    }
    return count;
  }
}
