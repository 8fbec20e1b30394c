// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Empties the last zones of a mounted filesystem, and gives them up. */
@Command
final class ShrinkCommand extends Subcommand {
  @Parameters(paramLabel = "DIR", description = "The mount point.")
  private @Nullable String specOrDirectory;

  @Option(
      names = "--zones",
      paramLabel = "N",
      required = true,
      description = "Number of zones that the filesystem keeps.")
  private int zones;

  ShrinkCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    if (zones < 1) {
      throw new UsageError("--zones=" + zones + ": not a number of zones");
    }
    Json.JsonObject end;
    try (ProgressPrinter progress = console().progress()) {
      end =
          LiveCommand.work(
              MountedDrive.require(RequiredArgument.of(specOrDirectory), LiveMount.Scope.ANYWHERE),
              new ControlRequest(
                  ControlRequest.Action.SHRINK, Map.of("zones", Integer.toString(zones))),
              progress,
              progress.interruption());
    }
    console().print(ResizeText.of(end));
    return OK;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return switch (moment.state()) {
      case ENDED -> "";
      case STOPPED -> "the filesystem keeps all its zones";
      case RUNNING ->
          "its daemon ends it after its current step; the filesystem then keeps all its zones,"
              + " unless it has just given them up";
    };
  }
}
