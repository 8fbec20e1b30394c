// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.HashMap;
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
import zonefsj.fs.cli.drive.DriveOpener;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Takes zones that a drive has got into use. */
@Command
final class GrowCommand extends Subcommand {
  @Parameters(index = "0", paramLabel = "DIR", description = "The mount point.")
  private @Nullable String specOrDirectory;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "SPEC",
      description =
          "New SPEC of the drive, such as 'concat(a.img,b.img)' in place of a.img. Its first zones"
              + " must be those of the mounted drive. Default: the same SPEC; its drive or image has"
              + " become longer.")
  private @Nullable String spec;

  @Option(names = "--force", description = "Empties new zones that hold something.")
  private boolean force;

  GrowCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    Map<String, String> settings = new HashMap<>();
    String other = spec;
    String absolute = other == null ? null : new DriveOpener().absolute(other);
    if (absolute != null) {
      settings.put("spec", absolute);
    }
    if (force) {
      settings.put("force", "");
    }
    Json.JsonObject end;
    try (ProgressPrinter progress = console().progress()) {
      end =
          LiveCommand.work(
              MountedDrive.require(RequiredArgument.of(specOrDirectory), LiveMount.Scope.ANYWHERE),
              new ControlRequest(ControlRequest.Action.GROW, settings),
              progress,
              progress.interruption());
    }
    console().print(ResizeText.of(end) + (absolute == null ? "" : "; it is now " + absolute));
    return OK;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return switch (moment.state()) {
      case ENDED -> "";
      case STOPPED -> "the filesystem keeps its number of zones";
      case RUNNING ->
          "its daemon ends it after its current step; the filesystem then keeps its number of"
              + " zones, unless it has just taken the new ones";
    };
  }
}
