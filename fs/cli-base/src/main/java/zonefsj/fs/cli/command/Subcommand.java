// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.command;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.cli.logging.LogTarget;
import zonefsj.fs.cli.options.UsageError;

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
    if (console.ownProcess()) {
      target.use();
    }
    return run();
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
