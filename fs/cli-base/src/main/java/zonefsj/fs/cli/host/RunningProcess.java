// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a process is still there. */
public final class RunningProcess {
  private RunningProcess() {}

  /**
   * Whether a process runs. One that has ended and whose parent has not noticed yet (a zombie) does
   * not: it holds no lock and no file any more, unless it is only the first of its threads that has
   * ended.
   */
  public static boolean isRunning(long pid) {
    Path process = Path.of("/proc", Long.toString(pid));
    try {
      String stat =
          new String(Files.readAllBytes(process.resolve("stat")), StandardCharsets.ISO_8859_1);
      // The name before the state is in parentheses and can hold anything.
      int state = stat.lastIndexOf(')') + 2;
      return state >= stat.length() || "ZX".indexOf(stat.charAt(state)) < 0 || threads(process) > 1;
    } catch (IOException | DirectoryIteratorException e) {
      // No such process.
      return false;
    }
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
