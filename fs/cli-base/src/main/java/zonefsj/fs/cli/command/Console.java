// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import zonefsj.fs.cli.terminal.ErrorLine;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.PlainLine;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/**
 * Output streams of a command.
 *
 * @param out receives results
 * @param err receives errors, progress and remarks
 * @param ownProcess whether the process runs this command only; the command then sets up logging,
 *     and may check whether standard error is a terminal
 * @param interruption what a signal does to the command
 */
public record Console(
    PrintStream out, PrintStream err, boolean ownProcess, Interruption interruption) {
  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;

  /** As the other constructor; no signal has come yet. */
  public Console(PrintStream out, PrintStream err, boolean ownProcess) {
    this(out, err, ownProcess, new Interruption());
  }

  /**
   * Prints the progress of long work, which a signal interrupts from now on. Close it before
   * anything else is printed.
   */
  public ProgressPrinter progress() {
    return ProgressPrinter.interruptible(
        err, ownProcess && isTerminal(STANDARD_ERROR), err, System::nanoTime, interruption);
  }

  /**
   * As {@link #progress}, for what services and scripts run: without a terminal only errors and
   * remarks are printed.
   *
   * @param isVerbose whether progress is printed all the same
   */
  public ProgressPrinter progressOnTerminal(boolean isVerbose) {
    boolean isTerminal = ownProcess && isTerminal(STANDARD_ERROR);
    return ProgressPrinter.interruptible(
        isTerminal || isVerbose ? err : silent(), isTerminal, err, System::nanoTime, interruption);
  }

  /** As {@link #progress}, for work whose results go to standard output line by line. */
  public ProgressPrinter progressBesidesOutput() {
    // On a terminal, the results show how far it is.
    boolean isShown = ownProcess && isTerminal(STANDARD_OUTPUT);
    return ProgressPrinter.interruptible(
        isShown ? silent() : err,
        ownProcess && !isShown && isTerminal(STANDARD_ERROR),
        err,
        System::nanoTime,
        interruption);
  }

  private static PrintStream silent() {
    return new PrintStream(OutputStream.nullOutputStream(), true, UTF_8);
  }

  /** Prints the progress of work that answers signals itself. */
  public ProgressPrinter progressOnly() {
    return new ProgressPrinter(err, ownProcess && isTerminal(STANDARD_ERROR), System::nanoTime);
  }

  /** Follows a descriptor in /proc; System.console() checks standard input and output together. */
  private static boolean isTerminal(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
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
