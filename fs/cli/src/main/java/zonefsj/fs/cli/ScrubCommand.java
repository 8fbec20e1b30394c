// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ByteSize;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.options.OptionValues;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Verifies all checksums of a mounted filesystem. */
@Command(
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:everything was verified, nothing is damaged",
      "1:something is damaged or was lost before, or the scrub was stopped before the end"
    })
final class ScrubCommand extends Subcommand {
  private static final int NOT_ALL_WELL = 1;

  @Parameters(paramLabel = "SPEC|DIR", description = "The drive or its mount point.")
  private @Nullable String specOrDirectory;

  @Option(
      names = "--rate",
      paramLabel = "SIZE[/s]",
      description =
          "Maximum bytes to read per second, such as 50M; at least 64K. Default: no limit.")
  private @Nullable String rate;

  @Option(
      names = "--start-over",
      description = "Starts from the beginning, not from where the last scrub stopped.")
  private boolean startOver;

  private volatile boolean isFinished;

  ScrubCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    Map<String, String> settings = new HashMap<>();
    String limit = rate;
    if (limit != null) {
      settings.put("rate", Long.toString(OptionValues.rate("--rate", limit)));
    }
    if (startOver) {
      settings.put("start_over", "");
    }
    Json.JsonObject end;
    try (ProgressPrinter progress = console().progress()) {
      end =
          LiveCommand.work(
              MountedDrive.require(RequiredArgument.of(specOrDirectory), LiveMount.Scope.ANYWHERE),
              new ControlRequest(ControlRequest.Action.SCRUB, settings),
              progress,
              progress.interruption());
    }
    long damages = end.whole("damages");
    // A daemon may be older than the command.
    long repaired = end.has("repaired") ? end.whole("repaired") : 0;
    long lost = end.has("lost_ranges") ? end.whole("lost_ranges") : 0;
    boolean finished = end.truth("finished");
    isFinished = finished;
    console()
        .print(
            ByteSize.approximate(end.whole("verified_bytes"))
                + " verified, "
                + (damages == 0
                    ? (finished ? "nothing is damaged" : "nothing of it is damaged")
                    : damages + " damaged; zonefs-j status and the log name them")
                + (damages > 0 || lost == 0 ? "" : ", but earlier ones are lost: " + lost)
                + (repaired == 0 ? "" : ", " + repaired + " repaired from another copy")
                + (finished ? "" : "; stopped before the end"));
    return finished && damages == 0 && lost == 0 ? OK : NOT_ALL_WELL;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    if (isFinished) {
      return "";
    }
    return moment.state() == Interruption.State.RUNNING
        ? "its daemon ends the scrub after its current step; the next one goes on from there"
        : "the next scrub goes on from there";
  }
}
