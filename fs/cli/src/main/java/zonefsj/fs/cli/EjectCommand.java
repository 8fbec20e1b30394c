// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.drive.DriveOpener;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Lets go of a member of a mirror. */
@Command
final class EjectCommand extends Subcommand {
  @Parameters(index = "0", paramLabel = "DIR", description = "The mount point.")
  private @Nullable String specOrDirectory;

  @Parameters(
      index = "1",
      paramLabel = "SPEC",
      description =
          "Member to let go of, as 'zonefs-j status' names it. It comes back by 'mount -o remount',"
              + " or by itself after it was pulled.")
  private @Nullable String member;

  EjectCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException {
    String name = new DriveOpener().absoluteText(RequiredArgument.of(member));
    try (ProgressPrinter progress = console().progressOnTerminal(isVerbose())) {
      LiveCommand.ask(
          MountedDrive.require(RequiredArgument.of(specOrDirectory), LiveMount.Scope.ANYWHERE),
          new ControlRequest(ControlRequest.Action.EJECT, Map.of("member", name)),
          progress,
          LiveCommand.noItems());
    }
    console().print(name + " may be removed");
    return OK;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return moment.state() == Interruption.State.ENDED
        ? ""
        : "'zonefs-j status' shows whether the member is ejected";
  }
}
