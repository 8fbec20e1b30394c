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
 * Output streams of a command.
 *
 * @param out receives results
 * @param err receives errors, progress and remarks
 * @param ownProcess whether the process runs this command only; the command then sets up logging,
 *     and may check whether standard error is a terminal
 */
public record Console(PrintStream out, PrintStream err, boolean ownProcess) {

  /** Prints the progress of long work. Close it before anything else is printed. */
  public ProgressPrinter progress() {
    return new ProgressPrinter(err, ownProcess && isTerminal(), System::nanoTime);
  }

  /** Follows standard error in /proc; System.console() checks standard input and output instead. */
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

  /** Prints a remark that is not an error to standard error. */
  public void remark(String text) {
    err.println(ErrorLine.of(text));
  }
}
