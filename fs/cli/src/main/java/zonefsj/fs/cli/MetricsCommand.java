// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;

/** Prints the metrics of a mount once, in the text format of Prometheus. */
@Command
final class MetricsCommand extends Subcommand {
  @Parameters(paramLabel = "SPEC|DIR", description = "The drive or its mount point.")
  private @Nullable String specOrDirectory;

  MetricsCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException {
    console()
        .out()
        .print(
            LiveCommand.ask(
                    MountedDrive.require(
                        RequiredArgument.of(specOrDirectory), LiveMount.Scope.ANYWHERE),
                    new ControlRequest(ControlRequest.Action.METRICS),
                    ProgressListener.NONE,
                    LiveCommand.noItems())
                .text("text"));
    return OK;
  }
}
