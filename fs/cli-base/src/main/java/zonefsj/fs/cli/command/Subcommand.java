// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.command;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.cli.logging.LogTarget;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;

/**
 * Base class of all subcommands. A subclass checks its arguments in {@link #run} before it changes
 * anything, prints results to {@link #console} and returns an exit code; the caller turns an
 * exception into one line on standard error.
 *
 * <p>Threading: an instance runs once, on one thread.
 */
public abstract class Subcommand implements Callable<Integer> {
  /** Exit codes of all subcommands except {@code fsck}. */
  public static final int OK = 0;

  public static final int FAILED = 1;
  public static final int USAGE = 2;

  /**
   * System property: offset for the exit code, for a launcher that must tell the exit code from
   * those of a virtual machine that does not start (1), runs out of memory (3) or crashes (128 and
   * more).
   */
  public static final String EXIT_OFFSET = "zonefsj.exit.offset";

  private final Console console;

  @Option(
      names = "--verbose",
      description = "Logs to standard error, and prints the stack trace of an error.")
  private boolean verbose;

  protected Subcommand(Console console) {
    this.console = console;
  }

  protected final Console console() {
    return console;
  }

  /** Whether {@code --verbose} is given: errors are then shown with their stack traces. */
  public final boolean isVerbose() {
    return verbose;
  }

  @Override
  public final Integer call() throws IOException, ErrnoException, UsageError, InterruptedException {
    LogTarget target = logTarget();
    if (!console.ownProcess()) {
      return run();
    }
    target.use();
    Interruption interruption = console.interruption();
    interruption.begin(
        new Interruption.Answer(
            this::answer, interruptedExitCode(), Integer.getInteger(EXIT_OFFSET, 0)));
    try {
      int exitCode = run();
      interruption.end(exitCode);
      return exitCode;
    } catch (IOException
        | ErrnoException
        | UsageError
        | InterruptedException
        | RuntimeException failure) {
      if (interruption.endsByFailure(failure)) {
        // The answer to the signal says what there is to say, and ends the process.
        return FAILED;
      }
      throw failure;
    } finally {
      interruption.close();
    }
  }

  private String answer(Interruption.Moment moment) {
    console.out().flush();
    return whenInterrupted(moment);
  }

  /**
   * Says in which state a signal leaves things. It is asked only after the command has asked for
   * {@link Console#progress}, on another thread.
   *
   * @return empty if there is nothing to say: with {@link Interruption.State#ENDED} the signal came
   *     too late
   */
  protected String whenInterrupted(Interruption.Moment moment) {
    return "";
  }

  /** The exit code of an interrupted command; empty: 128 and the number of the signal. */
  protected OptionalInt interruptedExitCode() {
    return OptionalInt.empty();
  }

  /** Log target of this command. By default nothing is logged. */
  protected LogTarget logTarget() throws UsageError {
    return new LogTarget(
        null, LogTarget.levelOf(System.getenv(), verbose ? Level.DEBUG : Level.OFF));
  }

  /**
   * Runs the command.
   *
   * @return the exit code
   */
  protected abstract int run() throws IOException, ErrnoException, UsageError, InterruptedException;
}
