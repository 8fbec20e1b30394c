// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.top;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.cli.control.StatusCodec;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.options.UsageError;

/**
 * Shows a mount live: on a terminal one screen that is refreshed, otherwise one block of lines
 * after the other.
 */
@Command
public final class TopCommand extends Subcommand {
  private static final double LEAST_SECONDS = 0.1;
  private static final double MOST_SECONDS = 3600;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final TopScreen PAPER = new TopScreen(100, Integer.MAX_VALUE, false);

  @Parameters(paramLabel = "SPEC|DIR", description = "The drive or its mount point.")
  private @Nullable String specOrDirectory;

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      description = "Time between two refreshes, 0.1 to 3600. Default: 2.")
  private double interval = 2;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Number of refreshes. Default: until Ctrl-C.")
  private int count;

  /**
   * @param console where it prints
   */
  public TopCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError, InterruptedException {
    if (!(interval >= LEAST_SECONDS && interval <= MOST_SECONDS)) {
      throw new UsageError("--interval " + interval + ": give seconds, from 0.1 to 3600");
    }
    if (count < 0) {
      throw new UsageError("--count " + count + ": give a positive number");
    }
    MountEntry entry =
        MountedDrive.require(RequiredArgument.of(specOrDirectory), LiveMount.Scope.ANYWHERE);
    if (console().ownProcess() && Terminal.isOutput(System.getenv())) {
      try (Terminal terminal = Terminal.enter(console().out())) {
        refresh(entry, () -> Terminal.size(), terminal::show);
      }
    } else {
      refresh(
          entry,
          () -> PAPER,
          lines -> {
            lines.forEach(console()::print);
            console().print("");
          });
    }
    return OK;
  }

  /** Where it draws. */
  @FunctionalInterface
  private interface Paper {
    TopScreen size();
  }

  /** Receives what it draws. */
  @FunctionalInterface
  private interface Sink {
    void show(List<String> lines);
  }

  private void refresh(MountEntry entry, Paper paper, Sink sink)
      throws IOException, InterruptedException {
    Json.JsonObject before = null;
    long beforeNanos = 0;
    for (int done = 0; count == 0 || done < count; done++) {
      if (done > 0) {
        TimeUnit.NANOSECONDS.sleep(Math.round(interval * NANOS_PER_SECOND));
      }
      TopScreen screen = paper.size();
      MountStatus status =
          StatusCodec.decode(ask(entry, new ControlRequest(ControlRequest.Action.STATUS)));
      Json.JsonObject now = ask(entry, new ControlRequest(ControlRequest.Action.COUNTERS));
      long nowNanos = System.nanoTime();
      Json.JsonObject zones =
          ask(
              entry,
              new ControlRequest(
                  ControlRequest.Action.ZONE_MAP,
                  Map.of("cells", Integer.toString(screen.mapCells()))));
      double seconds =
          before == null
              ? status.volume().writes().total().millis() / 1000.0
              : (nowNanos - beforeNanos) / NANOS_PER_SECOND;
      sink.show(screen.draw(status, new Interval(now, before, seconds), zones));
      if (console().out().checkError()) {
        // Nobody reads any more, or the file takes no more.
        return;
      }
      before = now;
      beforeNanos = nowNanos;
    }
  }

  private static Json.JsonObject ask(MountEntry entry, ControlRequest request) throws IOException {
    return LiveCommand.ask(entry, request, ProgressListener.NONE, LiveCommand.noItems());
  }
}
