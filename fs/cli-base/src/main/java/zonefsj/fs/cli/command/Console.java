// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.command;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import zonefsj.fs.cli.terminal.ErrorLine;
import zonefsj.fs.cli.terminal.PlainLine;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/**
 * Where a command writes.
 *
 * @param out results
 * @param err errors, progress, remarks
 * @param ownProcess whether the process is there for this command alone: then the command decides
 *     where it logs, and whether standard error is a terminal means something
 */
public record Console(PrintStream out, PrintStream err, boolean ownProcess) {

  /** Prints progress of long work; to be closed before anything else is printed. */
  public ProgressPrinter progress() {
    return new ProgressPrinter(err, ownProcess && isTerminal(), System::nanoTime);
  }

  /** Standard error as the system names it; System.console() would look at the other two. */
  private static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  /** Prints a line of the result. */
  public void print(String line) {
    out.println(PlainLine.of(line));
  }

  /** A remark that is no error. */
  public void remark(String text) {
    err.println(ErrorLine.of(text));
  }
}
