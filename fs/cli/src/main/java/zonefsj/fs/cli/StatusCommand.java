// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
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
import zonefsj.fs.cli.control.JsonWriter;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.control.StatusCodec;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.StatusText;

/** Shows the state of a mount, or changes its options. */
@Command
final class StatusCommand extends Subcommand {
  @Parameters(paramLabel = "SPEC|DIR", description = "The drive or its mount point.")
  private @Nullable String specOrDirectory;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Option(
      names = "--set",
      paramLabel = "OPTION=VALUE",
      split = ",",
      description = "Changes a mount option instead of showing the state, as zonefs-j set does.")
  private List<String> settings = new ArrayList<>();

  StatusCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    if (!settings.isEmpty()) {
      SetCommand.change(console(), RequiredArgument.of(specOrDirectory), settings);
      return OK;
    }
    Json.JsonObject status =
        LiveCommand.ask(
            mount(),
            new ControlRequest(ControlRequest.Action.STATUS),
            ProgressListener.NONE,
            LiveCommand.noItems());
    if (json) {
      console().out().println(JsonWriter.pretty(status));
    } else {
      StatusText.of(StatusCodec.decode(status), ZoneId.systemDefault()).forEach(console()::print);
    }
    return OK;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return moment.state() == Interruption.State.ENDED ? "" : Remount.WHEN_INTERRUPTED;
  }

  private MountEntry mount() throws IOException {
    return MountedDrive.require(RequiredArgument.of(specOrDirectory), LiveMount.Scope.ANYWHERE);
  }
}
