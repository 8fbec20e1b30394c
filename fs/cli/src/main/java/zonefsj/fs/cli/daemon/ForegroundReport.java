// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.PrintStream;
import zonefsj.fs.cli.terminal.ErrorLine;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Reports to the terminal of a mount in the foreground. */
public final class ForegroundReport implements StartupReport {
  private final PrintStream err;
  private final ProgressPrinter progress;

  /**
   * @param err standard error
   * @param progress prints to standard error
   */
  public ForegroundReport(PrintStream err, ProgressPrinter progress) {
    this.err = err;
    this.progress = progress;
  }

  @Override
  public void progress(String what, long done, long total) {
    progress.progress(what, done, total);
  }

  @Override
  public void ready() {
    progress.close();
  }

  @Override
  public void failed(String message) {
    progress.close();
    err.println(ErrorLine.of(message));
  }

  @Override
  public void close() {
    progress.close();
  }
}
